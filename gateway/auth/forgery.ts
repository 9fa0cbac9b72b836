// Requests that another site's page makes a browser send. In: a request that a cookie would let in; out:
// nothing, or a 403. Three locks: what the browser says of the page (Fetch metadata §2.1 and Origin, RFC 6454
// §7), and, for everything that may change something, a token that only a page of ours has been given. The
// cookie's SameSite is the fourth.

import { timingSafeEqual } from 'node:crypto'
import { csrfTokenOf } from '../../tenants/member/session.ts'
import { Problem } from '../error/problem.ts'
import type { Context } from '../http/context.ts'

export const CSRF_HEADER = 'x-csrf-token'

const SAFE_METHODS = new Set(['GET', 'HEAD'])
/**
 * `none`: somebody typed the address. A neighbour under the same domain (`same-site`) is another site to us.
 */
const OWN_SITES = new Set(['same-origin', 'none'])

const forbidden = (subCode: string, message: string, hint?: string): Problem =>
  new Problem('FORBIDDEN', message, { subCode, ...(hint === undefined ? {} : { hint }) })

const isOwnOrigin = (origin: string, host: string, publicUrl: string | null): boolean => {
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  return page.host === host || (publicUrl !== null && page.origin === new URL(publicUrl).origin)
}

/** @param publicUrl the address that callers use, where it is known to differ from the one they name. */
export const refuseForeignPage = (ctx: Context, publicUrl: string | null): void => {
  const { origin, 'sec-fetch-site': site } = ctx.req.headers
  const isOwnSite = typeof site !== 'string' || OWN_SITES.has(site)
  if (isOwnSite && (origin === undefined || isOwnOrigin(origin, ctx.host, publicUrl))) return
  throw forbidden(
    'CROSS_ORIGIN',
    'A page of another origin may not use the session of this console.',
    'If this is the console behind a reverse proxy, set PUBLIC_URL to the address that browsers use.',
  )
}

/** @param secret of the session that the request came with. */
export const refuseForgery = (ctx: Context, secret: string): void => {
  if (SAFE_METHODS.has(ctx.method)) return
  const given = Buffer.from(String(ctx.req.headers[CSRF_HEADER] ?? ''))
  const expected = Buffer.from(csrfTokenOf(secret))
  if (given.length === expected.length && timingSafeEqual(given, expected)) return
  throw forbidden(
    'CSRF_TOKEN_INVALID',
    `A change needs the header ${CSRF_HEADER.toUpperCase()} with the csrfToken of the session.`,
  )
}
