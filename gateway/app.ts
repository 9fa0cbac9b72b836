// The Koa application: middlewares in the order that a request passes them. It does not listen yet.

import Koa from 'koa'
import type { Logger } from 'pino'
import type { Context, Middleware, Route } from './http/context.ts'
import { allowOrigins, type Origins, refuseAmbiguous, secureHeaders } from './http/headers.ts'
import { type AccessLog, createRequests, logAccess, type Requests } from './http/identify.ts'
import { trustProxies } from './http/proxies.ts'
import { refuseUnknownPath, renderProblems } from './http/render.ts'
import { answerRoute, readTarget } from './http/router.ts'
import type { Meter } from './usage/meter.ts'
import { measureRequests } from './usage/meter.ts'

interface AppParts {
  readonly log: Logger
  /** Default: a line for every request. */
  readonly accessLog?: AccessLog
  readonly isHttps: boolean
  /** Trusted proxies in front, for the caller's address: how many, or from which networks they connect. */
  readonly trustedProxies: number | readonly string[]
  readonly routes: readonly Route[]
  /** Measures requests of authenticated callers. */
  readonly meter?: Meter
  /** Makes a span of every request. */
  readonly trace?: Middleware | undefined
  /** Measures every request, from its first middleware on. */
  readonly measure?: Middleware | undefined
  readonly corsOrigins?: Origins
  /** Sends a console page for a path without a route; false if the console has none. */
  readonly sendPage?: ((ctx: Context) => Promise<boolean>) | undefined
  /** Sends a page of the documentation, in the same way. */
  readonly sendSite?: ((ctx: Context) => Promise<boolean>) | undefined
}

const answerPage =
  (sendPage: (ctx: Context) => Promise<boolean>): Middleware =>
  async (ctx, next) => {
    if (!(await sendPage(ctx))) await next()
  }

export const createApp = (parts: AppParts): Koa & Pick<Requests, 'idle'> => {
  const { log, trustedProxies, routes, meter, trace, measure, sendPage, sendSite } = parts
  const isCounted = typeof trustedProxies === 'number'
  const app = new Koa({ proxy: trustedProxies !== 0, maxIpsCount: isCounted ? trustedProxies : 0 })

  if (!isCounted) app.use(trustProxies(trustedProxies))
  const requests = createRequests()
  app.use(requests.identify)
  if (trace !== undefined) app.use(trace)
  if (measure !== undefined) app.use(measure)
  app.use(logAccess(log, parts.accessLog))
  app.use(secureHeaders(parts))
  if (meter !== undefined) app.use(measureRequests(meter))
  app.use(renderProblems(log))
  app.use(refuseAmbiguous())
  app.use(readTarget(routes))
  app.use(allowOrigins(parts.corsOrigins ?? '*'))
  app.use(answerRoute())
  if (sendSite !== undefined) app.use(answerPage(sendSite))
  if (sendPage !== undefined) app.use(answerPage(sendPage))
  app.use(refuseUnknownPath())

  // Errors that the middlewares could not render: sockets that broke during an answer.
  app.on('error', (error: Error) => log.debug({ err: error }, 'An answer could not be sent'))
  return Object.assign(app, { idle: requests.idle })
}
