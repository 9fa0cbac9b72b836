// Serves the console to browsers. In: a GET that no API has taken; out: a file of the build; the console's
// one page for every path that somebody opens as a page; or, while there is no build, a page that says so.
// Not decided here: what the console shows.

import { type FileHandle, open } from 'node:fs/promises'
import type { Context } from '../http/context.ts'
import type { BuildState } from './build.ts'
import { type ConsoleFile, type ConsoleFiles, type Encoding, INDEX, type Variant } from './files.ts'
import { noticeOf } from './notice.ts'

export interface PagesOptions {
  readonly files: ConsoleFiles
  readonly buildState: () => BuildState
}

/** Paths below these are never pages: what is not there is a 404. */
const NO_PAGES =
  /^\/(?:rest|graphql|metadata|admin|console|open-api|healthz|readyz|assets|\.well-known)(?:\/|$)/

/**
 * Nothing of another origin, and no script but the files of the build. Styles may stand in the page: Mantine
 * and the editors of the playgrounds write theirs at run time; a style that somebody slips in cannot send
 * anything anywhere, as no source is foreign.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-frame-options': 'DENY',
}

const IMMUTABLE = 'public, max-age=31536000, immutable'
/** Kept, but asked about each time. */
const CHECKED = 'no-cache'

/** Asked for in so many words: what accepts anything, as curl does, is told by JSON that there is nothing. */
const wantsPage = (ctx: Context): boolean =>
  /\btext\/html\b/.test(ctx.req.headers.accept ?? '') && !NO_PAGES.test(ctx.path)

/** The smallest that the browser understands, whatever order it names them in. */
const chooseVariant = (ctx: Context, file: ConsoleFile): readonly [Encoding | null, Variant] => {
  for (const [encoding, variant] of file.encoded)
    if (ctx.acceptsEncodings(encoding) === encoding) return [encoding, variant]
  return [null, file]
}

/** Null where a new build has just taken its place. */
const openFile = async (path: string): Promise<FileHandle | null> => {
  try {
    return await open(path)
  } catch {
    return null
  }
}

/** @returns whether the file was still there. */
const send = async (ctx: Context, file: ConsoleFile): Promise<boolean> => {
  const [encoding, variant] = chooseVariant(ctx, file)
  const handle = await openFile(variant.path)
  if (handle === null) return false
  ctx.set(HEADERS)
  ctx.set('cache-control', file.isImmutable ? IMMUTABLE : CHECKED)
  ctx.set('etag', encoding === null ? file.etag : file.etag.replace(/"$/, `-${encoding}"`))
  ctx.vary('accept-encoding')
  ctx.type = file.type
  ctx.status = 200
  if (ctx.fresh || ctx.method === 'HEAD') await handle.close()
  else ctx.body = handle.createReadStream()
  if (encoding !== null) ctx.set('content-encoding', encoding)
  ctx.length = variant.size
  if (ctx.fresh) ctx.status = 304
  return true
}

/** Sends a page or a file; false where the request asks for neither. */
export type SendPage = (ctx: Context) => Promise<boolean>

export const createPages = ({ files, buildState }: PagesOptions): SendPage => {
  const sendNotice = (ctx: Context): void => {
    const { status, page, contentSecurityPolicy, retrySeconds } = noticeOf(buildState())
    ctx.set(HEADERS)
    ctx.set('content-security-policy', contentSecurityPolicy)
    if (retrySeconds !== null) ctx.set('retry-after', String(retrySeconds))
    ctx.status = status
    ctx.type = 'text/html; charset=utf-8'
    ctx.body = page
  }

  return async (ctx) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return false
    const isPage = wantsPage(ctx)
    const file = (await files.find(ctx.path)) ?? (isPage ? await files.find(INDEX) : undefined)
    if (file !== undefined && (await send(ctx, file))) return true
    if (isPage) sendNotice(ctx)
    return isPage
  }
}
