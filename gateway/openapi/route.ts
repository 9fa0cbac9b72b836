// `GET /rest/open-api/core|metadata` and `/open-api/core|metadata`: the workspace's document for whoever has a key, the base
// document for everybody else. In: a request; out: the document, or 304 where the caller has it already.

import type { GraphQLSchema } from 'postgraphile/graphql'
import type { Opened } from '../entry/requestContext.ts'
import type { Context, Handler, Row } from '../http/context.ts'
import type { Models } from '../metadata/model/models.ts'
import type { ModelNodes } from '../metadata/model/nodes.ts'
import { roleModel } from '../records/model/roleModel.ts'
import { NO_PARTS, type Subject } from './base.ts'
import { createCompressor } from './compress.ts'
import { describeCore } from './core.ts'
import { createDocuments, type Document, serve, writeDocument } from './document.ts'
import { describeMetadata } from './metadata.ts'
import { readTexts, type Texts } from './texts.ts'

export interface OpenApiOptions {
  /** Address that callers use; null: the one that each used. */
  readonly publicUrl: string | null
  readonly readModel: Models['seenBy']
  readonly metadataSchema: GraphQLSchema
}

const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
const MAX_COMPRESSED_BYTES = 8 * 1024 * 1024
const PATTERNS: Readonly<Record<string, Subject>> = {
  '/rest/open-api/core': 'core',
  '/rest/open-api/metadata': 'metadata',
  '/open-api/core': 'core',
  '/open-api/metadata': 'metadata',
}

/** What the caller wrote; empty, which is the origin of the document itself, where that is no host. */
const originOf = ({ protocol, host }: Context): string => {
  const address = `${protocol}://${host}`
  return URL.canParse(address) ? new URL(address).origin : ''
}

const opaqueOf = (tag: string): string => tag.trim().replace(/^W\//, '')

/**
 * Whether the caller has it, by weak comparison (RFC 9110 §13.1.2). Koa's `fresh` says no to every request with `Cache-Control: no-cache`,
 * which is what `fetch` adds to one that names a tag.
 */
const isKnown = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === '*' || header.split(',').some((tag) => opaqueOf(tag) === opaqueOf(etag)))

export const createOpenApi = ({
  publicUrl,
  readModel,
  metadataSchema,
}: OpenApiOptions): readonly Row<Handler<Opened<unknown> | null>>[] => {
  const documents = createDocuments(MAX_DOCUMENT_BYTES)
  const compress = createCompressor(MAX_COMPRESSED_BYTES)
  const texts = new WeakMap<ModelNodes, Texts>()
  const textsOf = (model: ModelNodes): Texts => {
    const known = texts.get(model) ?? readTexts(model)
    texts.set(model, known)
    return known
  }

  const coreOf = async (opened: Opened<unknown>): Promise<Document> => {
    const { workspace, permissions, maxBatchRecords } = opened
    // The shape of a role's model tells apart what roles may do, too.
    const model = roleModel(workspace.shape.model, permissions)
    const said = textsOf(await readModel(opened))
    const key = [model.shape, said.fingerprint, String(maxBatchRecords)]
    return documents.of('core', key, () => describeCore({ model, texts: said, maxBatchRecords }))
  }

  const metadataOf = ({ workspace, caller }: Opened<unknown>): Document => {
    const isFlat = workspace.settings.restMetadataFormat === 'flat'
    const { flags } = caller
    return documents.of('metadata', [String(isFlat), ...[...flags].toSorted()], () =>
      describeMetadata({ schema: metadataSchema, isFlat, flags }),
    )
  }

  const send = async (ctx: Context, subject: Subject, document: Document): Promise<void> => {
    const { body, etag } = serve(subject, document, publicUrl?.replace(/\/$/, '') ?? originOf(ctx))
    // What is told depends on who asks, and holds until the model or the role changes: it is kept, and asked about each time.
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
      ctx.body = body()
      return
    }
    ctx.set('content-encoding', 'gzip')
    ctx.body = await compress(etag, body)
  }

  /** The answer to callers who were let in and, with null, to strangers. */
  const answerOf = (subject: Subject): Handler<Opened<unknown> | null> => {
    const base = writeDocument(subject, NO_PARTS)
    return async (ctx, opened) => {
      if (opened === null) return send(ctx, subject, base)
      return send(ctx, subject, subject === 'core' ? await coreOf(opened) : metadataOf(opened))
    }
  }

  return Object.entries(PATTERNS).map(([pattern, subject]) => {
    const answer = answerOf(subject)
    return { pattern, methods: { GET: answer, HEAD: answer } }
  })
}
