// Cross-site request forgery: refuses with 403 a cookie-authenticated request that another site's page may
// have caused. Three checks: the browser's own headers (Fetch metadata §2.1 and Origin, RFC 6454 §7), and,
// for everything that may change something, a token that only our pages know. The cookie's SameSite is the
// fourth.

import { timingSafeEqual } from 'node:crypto'
import { csrfTokenOf } from '../../tenants/member/session.ts'
import { Problem } from '../error/problem.ts'
import type { Context } from '../http/context.ts'

const CSRF_HEADER = 'x-csrf-token'

const SAFE_METHODS = new Set(['GET', 'HEAD'])
/** `none`: the address was typed in. Another host of the same domain (`same-site`) counts as foreign. */
const OWN_SITES = new Set(['same-origin', 'none'])

const forbidden = (subCode: string, message: string, hint?: string): Problem =>
  new Problem('FORBIDDEN', message, { subCode, ...(hint === undefined ? {} : { hint }) })

export const isOwnOrigin = (origin: string, host: string, publicUrl: string | null): boolean => {
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  return page.host === host || (publicUrl !== null && page.origin === new URL(publicUrl).origin)
}

/** @param publicUrl the public address, if it may differ from the Host header. */
export const refuseForeignPage = (ctx: Context, publicUrl: string | null): void => {
  const { origin, 'sec-fetch-site': site } = ctx.req.headers
  const isOwnSite = typeof site !== 'string' || OWN_SITES.has(site)
  if (isOwnSite && (origin === undefined || isOwnOrigin(origin, ctx.host, publicUrl))) return
  throw forbidden(
    'CROSS_ORIGIN',
    'Pages of other origins may not use the session of this console.',
    'If this is the console behind a reverse proxy, set PUBLIC_URL to the address that browsers use.',
  )
}

/** @param secret of the request's session. */
export const refuseForgery = (ctx: Context, secret: string): void => {
  if (SAFE_METHODS.has(ctx.method)) return
  const given = Buffer.from(String(ctx.req.headers[CSRF_HEADER] ?? ''))
  const expected = Buffer.from(csrfTokenOf(secret))
  if (given.length === expected.length && timingSafeEqual(given, expected)) return
  throw forbidden(
    'CSRF_TOKEN_INVALID',
    `This request requires the header ${CSRF_HEADER.toUpperCase()} with the csrfToken of the session.`,
  )
}
