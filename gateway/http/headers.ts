// Headers that do not depend on the answer. Browsers must not interpret our JSON as anything else, and pages
// of the origins in CORS_ORIGINS may read it: all origins by default, because the key travels in a header
// that browsers do not send by themselves. Cookies are never allowed across origins (auth/forgery.ts). A
// request with ambiguous headers is refused.

import { Problem } from '../error/problem.ts'
import type { Middleware } from './context.ts'

/**
 * Node keeps the first of these and drops the others; a proxy in front may have used another one (RFC 9110
 * §5.3, RFC 9112 §3.2).
 */
const SINGLE = new Set(['host', 'authorization', 'content-type', 'content-length'])
/**
 * Rejects characters that a host and port cannot have (RFC 3986 §3.2.2), and an empty value (RFC 9110
 * §4.2.1).
 */
const HOST = /^[^\s/?#@\\]+$/

/** Throws a 400 for repeated headers that must be unique. */
export const refuseAmbiguous =
  (): Middleware =>
  ({ req }, next) => {
    const { rawHeaders } = req
    const seen = new Set<string>()
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at]?.toLowerCase() ?? ''
      if (!SINGLE.has(name)) continue
      if (seen.has(name))
        throw new Problem('BAD_USER_INPUT', `The request has several ${name} headers. Send one.`)
      seen.add(name)
    }
    // HTTP/1.0 has no such header; Node itself refuses HTTP/1.1 without one.
    if (req.headers.host !== undefined && !HOST.test(req.headers.host))
      throw new Problem('BAD_USER_INPUT', 'The Host header is not a host name with an optional port.')
    return next()
  }

const SECURITY_HEADERS = [
  ['x-content-type-options', 'nosniff'],
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
] as const

/** HSTS only if the gateway's public address is https. */
export const secureHeaders = ({ isHttps }: { readonly isHttps: boolean }): Middleware => {
  const headers = isHttps
    ? [...SECURITY_HEADERS, ['strict-transport-security', 'max-age=31536000'] as const]
    : SECURITY_HEADERS
  return ({ res }, next) => {
    for (const [name, value] of headers) res.setHeader(name, value)
    return next()
  }
}

const EXPOSED = [
  'x-request-id',
  'etag',
  'link',
  'ratelimit',
  'ratelimit-policy',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'retry-after',
  'preference-applied',
  'idempotent-replayed',
  'www-authenticate',
].join(', ')

const PREFLIGHT_SECONDS = 86_400

/** Origins whose pages may read the API: all of them, or a list. */
export type Origins = '*' | readonly string[]

/**
 * CORS without credentials (Fetch standard §3.2), and the answer to OPTIONS, for routes open to other
 * origins.
 */
export const allowOrigins =
  (origins: Origins): Middleware =>
  (ctx, next) => {
    const { route } = ctx.state.target
    if (route === null || !route.isCrossOrigin) return next()
    const { req, res } = ctx
    const { origin } = req.headers
    if (origins !== '*') ctx.vary('Origin')
    const isAllowed = origin !== undefined && (origins === '*' || origins.includes(origin))
    if (isAllowed) {
      res.setHeader('access-control-allow-origin', origins === '*' ? '*' : origin)
      res.setHeader('access-control-expose-headers', EXPOSED)
    }
    if (req.method !== 'OPTIONS') return next()
    const allowed = route.allow.join(', ')
    ctx.set('allow', allowed)
    if (isAllowed && req.headers['access-control-request-method'] !== undefined) {
      ctx.set('access-control-allow-methods', allowed)
      // The wildcard covers every header except Authorization.
      ctx.set('access-control-allow-headers', 'authorization, *')
      ctx.set('access-control-max-age', String(PREFLIGHT_SECONDS))
    }
    ctx.status = 204
    return
  }
