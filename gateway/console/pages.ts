// Serves the console to browsers, for a GET without a route: a file of the build; the console's page for any
// other path opened as a page; or a notice while the console is not built.

import { type FileHandle, open } from 'node:fs/promises'
import type { Context } from '../http/context.ts'
import type { BuildState } from './build.ts'
import { type ConsoleFile, type ConsoleFiles, type Encoding, INDEX, type Variant } from './files.ts'
import { noticeOf } from './notice.ts'

interface PagesOptions {
  readonly files: ConsoleFiles
  /** Paths without a page, in addition to those of the API. */
  readonly closed?: RegExp | undefined
  readonly buildState: () => BuildState
}

/** Paths below these are never pages: unknown ones return 404. */
const NO_PAGES =
  /^\/(?:rest|graphql|metadata|admin|changes|console|docs|open-api|healthz|readyz|assets|\.well-known)(?:\/|$)/

/**
 * No other origins, and no scripts except the files of the build. Inline styles are allowed: Mantine and the
 * editors of the playgrounds write theirs at run time; an injected style cannot send anything anywhere,
 * because no foreign source is allowed.
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
/** Cached, but revalidated each time. */
const CHECKED = 'no-cache'

/** Only for explicit `text/html`: clients that accept anything, such as curl, get a JSON 404. */
const wantsPage = (ctx: Context): boolean =>
  /\btext\/html\b/.test(ctx.req.headers.accept ?? '') && !NO_PAGES.test(ctx.path)

/** The smallest encoding that the browser accepts, in any order of preference. */
const chooseVariant = (ctx: Context, file: ConsoleFile): readonly [Encoding | null, Variant] => {
  for (const [encoding, variant] of file.encoded)
    if (ctx.acceptsEncodings(encoding) === encoding) return [encoding, variant]
  return [null, file]
}

/** Null if a new build has just replaced it. */
const openFile = async (path: string): Promise<FileHandle | null> => {
  try {
    return await open(path)
  } catch {
    return null
  }
}

/** @returns whether the file still existed. */
export const sendFile = async (ctx: Context, file: ConsoleFile, status = 200): Promise<boolean> => {
  const [encoding, variant] = chooseVariant(ctx, file)
  const handle = await openFile(variant.path)
  if (handle === null) return false
  ctx.state.isRoutine = true
  ctx.set(HEADERS)
  ctx.set('cache-control', file.isImmutable ? IMMUTABLE : CHECKED)
  ctx.set('etag', encoding === null ? file.etag : file.etag.replace(/"$/, `-${encoding}"`))
  ctx.vary('accept-encoding')
  ctx.type = file.type
  ctx.status = status
  if (ctx.fresh || ctx.method === 'HEAD') await handle.close()
  else ctx.body = handle.createReadStream()
  if (encoding !== null) ctx.set('content-encoding', encoding)
  ctx.length = variant.size
  if (ctx.fresh) ctx.status = 304
  return true
}

/** Sends a page or a file; false if the request is for neither. */
export type SendPage = (ctx: Context) => Promise<boolean>

export const createPages = ({ files, closed, buildState }: PagesOptions): SendPage => {
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
    const isPage = wantsPage(ctx) && closed?.test(ctx.path) !== true
    const file = (await files.find(ctx.path)) ?? (isPage ? await files.find(INDEX) : undefined)
    if (file !== undefined && (await sendFile(ctx, file))) return true
    if (isPage) sendNotice(ctx)
    return isPage
  }
}
