// First of the onion: gives a request its id, brings its target into the form of a path, and logs one line when it is
// over: method, route, status, duration, workspace and key, never the query string, the token or a body.

import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { Problem } from '../error/problem.ts'
import { checkCharacters } from './characters.ts'
import type { Middleware } from './context.ts'

const REQUEST_ID = /^[\w.:-]{1,100}$/
const MAX_LOGGED_PATH = 200

/** A caller's own `X-Request-Id` is kept, so that its log and ours meet. */
export const identifyRequest = (): Middleware => (ctx, next) => {
  const given = ctx.req.headers['x-request-id']
  const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
  ctx.state.requestId = requestId
  ctx.state.face = 'rest'
  ctx.res.setHeader('x-request-id', requestId)
  return next()
}

export const logAccess =
  (log: Logger): Middleware =>
  (ctx, next) => {
    if (!log.isLevelEnabled('info')) return next()
    const startMs = performance.now()
    const { req, res, state } = ctx
    // The target as it was sent: reading Koa's `path` parses, and what cannot be parsed must be logged too.
    const path = (req.url ?? '').split('?', 1)[0]?.slice(0, MAX_LOGGED_PATH)
    res.once('close', () => {
      log.info({
        requestId: state.requestId,
        method: req.method,
        route: state.route ?? path,
        status: res.statusCode,
        ms: Math.round((performance.now() - startMs) * 100) / 100,
        ...(state.workspaceId === undefined ? {} : { workspace: state.workspaceId }),
        ...(state.spenderId === undefined ? {} : { key: state.spenderId }),
        ...(res.writableFinished ? {} : { isAborted: true }),
      })
    })
    return next()
  }

/** U+0000 in a URL, which no text in Postgres can hold. */
const ENCODED_NUL = '%00'

/** RFC 9112 §3.2.2: a server accepts `GET http://host/path` too; every other form is no resource of ours. */
export const readTarget = (): Middleware => (ctx, next) => {
  const { req } = ctx
  const target = req.url ?? ''
  if (target.includes(ENCODED_NUL)) checkCharacters('\0')
  if (!target.startsWith('/')) {
    const path = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1]
    if (path === undefined) throw new Problem('BAD_USER_INPUT', 'The request target is not a path.')
    req.url = path.startsWith('/') ? path : `/${path}`
  }
  return next()
}
