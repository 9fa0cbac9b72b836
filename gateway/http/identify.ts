// The first middleware: assigns the request id, counts running requests, and logs one line at the end:
// method, route, status, duration, workspace and key, never the query string, a token or the body. Files of
// the console and probes of the admin port are logged when they fail.

import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { redactedStart } from '../redact.ts'
import type { Middleware } from './context.ts'

const REQUEST_ID = /^[\w.:-]{1,100}$/
const MAX_LOGGED_PATH = 200
const FIRST_ERROR = 400
const SWITCHED = 101

export interface Requests {
  /** A caller's own `X-Request-Id` is kept, so that its log and ours can be matched. */
  readonly identify: Middleware
  /**
   * Once no handler runs, and after `mostMs` at the latest. A connection that its client has closed is gone,
   * while the handler still needs the database.
   */
  readonly idle: (mostMs: number) => Promise<void>
}

export const createRequests = (): Requests => {
  let running = 0
  let waiting: (() => void)[] = []
  const end = (): void => {
    running -= 1
    if (running > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }
  return {
    identify: (ctx, next) => {
      const given = ctx.req.headers['x-request-id']
      const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
      ctx.state.requestId = requestId
      ctx.state.protocol = 'rest'
      ctx.res.setHeader('x-request-id', requestId)
      running += 1
      const handled = next()
      handled.then(end, end)
      return handled
    },
    idle: (mostMs) =>
      new Promise((resolve) => {
        if (running === 0) return resolve()
        const late = setTimeout(resolve, mostMs)
        waiting.push(() => {
          clearTimeout(late)
          resolve()
        })
      }),
  }
}

/** Which requests get a line; a reload changes it. */
export interface AccessLog {
  /** Requests that take longer are warned of; 0: none. */
  slowMs: number
  /** Of the requests that succeed in time. */
  percent: number
}

/** Of changes, over server-sent events or a WebSocket: it lasts as long as its reader likes. */
export const isStream = (response: ServerResponse): boolean =>
  response.statusCode === SWITCHED ||
  String(response.getHeader('content-type') ?? '').startsWith('text/event-stream')

export const logAccess =
  (log: Logger, rules: AccessLog = { slowMs: 0, percent: 100 }): Middleware =>
  (ctx, next) => {
    if (!log.isLevelEnabled(rules.slowMs > 0 ? 'warn' : 'info')) return next()
    const startMs = performance.now()
    const { req, res, state } = ctx
    // The target as sent: Koa's `path` parses it, and unparsable targets must be logged too.
    const path = (req.url ?? '').split('?', 1)[0]
    res.once('close', () => {
      const { statusCode: status } = res
      const ms = Math.round((performance.now() - startMs) * 100) / 100
      const isSlow = rules.slowMs > 0 && ms - (state.waitedMs ?? 0) >= rules.slowMs && !isStream(res)
      const isFine = status < FIRST_ERROR && res.writableFinished && !isSlow
      if (isFine && (state.isRoutine === true || Math.random() * 100 >= rules.percent)) return
      log[isSlow ? 'warn' : 'info']({
        requestId: state.requestId,
        ...(state.trace === undefined ? {} : { trace_id: state.trace.traceId, span_id: state.trace.spanId }),
        method: req.method,
        route: state.route ?? redactedStart(path ?? '', MAX_LOGGED_PATH),
        status,
        ms,
        ...(isSlow ? { isSlow } : {}),
        ...(state.workspaceId === undefined ? {} : { workspace: state.workspaceId }),
        ...(state.callerId === undefined ? {} : { key: state.callerId }),
        ...(res.writableFinished || isStream(res) ? {} : { isAborted: true }),
      })
    })
    return next()
  }
