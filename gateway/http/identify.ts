// The first middleware: assigns the request id, and logs one line at the end: method, route, status,
// duration, workspace and key, never the query string, a token or the body. Files of the console and probes
// of the admin port are logged when they fail.

import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Middleware } from './context.ts'

const REQUEST_ID = /^[\w.:-]{1,100}$/
const MAX_LOGGED_PATH = 200

/** A caller's own `X-Request-Id` is kept, so that its log and ours can be matched. */
export const identifyRequest = (): Middleware => (ctx, next) => {
  const given = ctx.req.headers['x-request-id']
  const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
  ctx.state.requestId = requestId
  ctx.state.protocol = 'rest'
  ctx.res.setHeader('x-request-id', requestId)
  return next()
}

export const logAccess =
  (log: Logger): Middleware =>
  (ctx, next) => {
    if (!log.isLevelEnabled('info')) return next()
    const startMs = performance.now()
    const { req, res, state } = ctx
    // The target as sent: Koa's `path` parses it, and unparsable targets must be logged too.
    const path = (req.url ?? '').split('?', 1)[0]?.slice(0, MAX_LOGGED_PATH)
    res.once('close', () => {
      if (state.isRoutine === true && res.statusCode < 400) return
      log.info({
        requestId: state.requestId,
        ...(state.trace === undefined ? {} : { trace_id: state.trace.traceId, span_id: state.trace.spanId }),
        method: req.method,
        route: state.route ?? path,
        status: res.statusCode,
        ms: Math.round((performance.now() - startMs) * 100) / 100,
        ...(state.workspaceId === undefined ? {} : { workspace: state.workspaceId }),
        ...(state.callerId === undefined ? {} : { key: state.callerId }),
        ...(res.writableFinished ? {} : { isAborted: true }),
      })
    })
    return next()
  }
