// Headers that do not depend on the answer. In: a request; out: what tells browsers to treat our JSON as nothing but
// JSON, and which web pages may read it: all of them, as the key travels in a header that no browser sends by itself.

import type { Middleware } from './context.ts'

const SECURITY_HEADERS = [
  ['x-content-type-options', 'nosniff'],
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
] as const

/** HSTS only where the gateway is known to be reached by https. */
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

/** CORS without credentials (Fetch standard §3.2), and the answer to every OPTIONS. */
export const allowOrigins =
  (methodsOf: (path: string) => readonly string[] | null): Middleware =>
  (ctx, next) => {
    const methods = methodsOf(ctx.path)
    if (methods === null) return next()
    const { req, res } = ctx
    if (req.headers.origin !== undefined) {
      res.setHeader('access-control-allow-origin', '*')
      res.setHeader('access-control-expose-headers', EXPOSED)
    }
    if (req.method !== 'OPTIONS') return next()
    const allowed = methods.join(', ')
    ctx.set('allow', allowed)
    if (req.headers['access-control-request-method'] !== undefined) {
      ctx.set('access-control-allow-methods', allowed)
      // The wildcard covers every header but Authorization.
      ctx.set('access-control-allow-headers', 'authorization, *')
      ctx.set('access-control-max-age', String(PREFLIGHT_SECONDS))
    }
    ctx.status = 204
    return
  }
