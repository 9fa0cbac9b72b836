// `GET /rest/open-api/core|metadata` and `/open-api/core|metadata`: the workspace's document for
// authenticated callers, the base document for all others, or 304 if the caller's copy is current.

import type { RequestContext } from '../entry/requestContext.ts'
import { createCompressor } from '../http/compress.ts'
import type { Context, Handler, RouteRow } from '../http/context.ts'
import { lazily } from '../lazily.ts'
import { sendText } from '../slices/send.ts'
import type { DocumentedApi } from './base.ts'
import type { OpenApiDocument, Served } from './document.ts'
import type { Library, LibraryOptions } from './library.ts'

interface OpenApiOptions extends Pick<LibraryOptions, 'readModel' | 'budget'> {
  readonly metadataSchema: () => Promise<LibraryOptions['metadataSchema']>
  /** Public address; null: the one that each caller used. */
  readonly publicUrl: string | null
}

const PATTERNS: Readonly<Record<string, DocumentedApi>> = {
  '/rest/open-api/core': 'core',
  '/rest/open-api/metadata': 'metadata',
  '/open-api/core': 'core',
  '/open-api/metadata': 'metadata',
}

/** The Host header; empty, which means the origin of the document itself, if it is not a valid host. */
const originOf = ({ protocol, host }: Context): string => {
  const address = `${protocol}://${host}`
  return URL.canParse(address) ? new URL(address).origin : ''
}

const opaqueOf = (tag: string): string => tag.trim().replace(/^W\//, '')

/**
 * Whether the caller's copy is current, by weak comparison (RFC 9110 §13.1.2). Koa's `fresh` is false for
 * every request with `Cache-Control: no-cache`, which `fetch` adds to a request with a tag.
 */
const isKnown = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === '*' || header.split(',').some((tag) => opaqueOf(tag) === opaqueOf(etag)))

type DocumentIn = (library: Library) => OpenApiDocument | Promise<OpenApiDocument>

const answer = async (
  ctx: Context,
  { body, etag }: Served,
  compress: ReturnType<typeof createCompressor>,
): Promise<void> => {
  // The document depends on the caller and changes with the model or the role: caches keep it and revalidate
  // it each time.
  ctx.set({
    'cache-control': 'private, no-cache',
    vary: 'Accept-Encoding, Authorization, Cookie, Origin',
    etag,
  })
  if (isKnown(ctx.req.headers['if-none-match'], etag)) {
    ctx.status = 304
    return
  }
  ctx.status = 200
  ctx.type = 'application/json'
  if (ctx.acceptsEncodings('gzip', 'identity') !== 'gzip') {
    sendText(ctx, body)
    return
  }
  ctx.set('content-encoding', 'gzip')
  ctx.body = await compress(etag, body)
}

export const createOpenApi = ({
  publicUrl,
  readModel,
  budget,
  metadataSchema,
}: OpenApiOptions): readonly RouteRow<Handler<RequestContext<unknown> | null>>[] => {
  // Depends on tables of the whole gateway, so it is loaded for the first document.
  const library = lazily(async () => {
    const { createLibrary } = await import('./library.ts')
    return createLibrary({ readModel, budget, metadataSchema: await metadataSchema() })
  })
  const compress = createCompressor(budget)

  const send = async (ctx: Context, subject: DocumentedApi, documentIn: DocumentIn): Promise<void> => {
    const known = await library()
    const document = await documentIn(known)
    const origin = publicUrl?.replace(/\/$/, '') ?? originOf(ctx)
    await answer(ctx, known.serve(subject, document, origin), compress)
  }

  /** Answers authenticated callers and, with null, anonymous ones. */
  const answerOf =
    (subject: DocumentedApi): Handler<RequestContext<unknown> | null> =>
    (ctx, requestContext) =>
      send(ctx, subject, (known) =>
        requestContext === null ? known.base(subject) : known[subject](requestContext),
      )

  return Object.entries(PATTERNS).map(([pattern, subject]) => {
    const answer = answerOf(subject)
    return { pattern, methods: { GET: answer, HEAD: answer } }
  })
}
