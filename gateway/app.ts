// The onion in reading order: every request walks these lines from top to bottom and its answer back. In: the parts; out: a
// Koa application that has not begun to listen. Not decided here: what the surfaces answer (rest, graphql).

import Router from '@koa/router'
import Koa from 'koa'
import type { Logger } from 'pino'
import { createAdmission, type Gate, type Handler } from './entry/authorise.ts'
import { methodNotAllowed } from './error/problem.ts'
import type { Middleware, RequestState } from './http/context.ts'
import { allowOrigins, type Origins, refuseAmbiguous, secureHeaders } from './http/headers.ts'
import { answerHealth, type Health } from './http/health.ts'
import { identifyRequest, logAccess, readTarget } from './http/identify.ts'
import { refuseUnknownPath, renderProblems } from './http/render.ts'
import type { Spender } from './limits/throttle.ts'
import { allowedMethods } from './rest/routes.ts'
import { measureRequests } from './usage/measure.ts'
import type { Meter } from './usage/meter.ts'

interface DocumentHandlers<Opened> {
  readonly answer: Handler<Opened>
  /** For callers who are not known. */
  readonly answerStranger: Middleware
}

export interface AppParts<Caller extends Spender, Opened> {
  readonly log: Logger
  readonly isHttps: boolean
  /** How many proxies in front are believed about the caller's address. */
  readonly trustedProxies: number
  readonly health: Health
  readonly gate: Gate<Caller, Opened>
  /** Measures what known callers ask. */
  readonly meter?: Meter
  /** Answers everything under `/rest/`. */
  readonly rest: Handler<Opened>
  /** Answer GET and POST at their exact paths. */
  readonly graphql: Readonly<Record<string, Handler<Opened>>>
  /** Answer GET at their exact paths, those below `/rest/` too. */
  readonly documents?: Readonly<Record<string, DocumentHandlers<Opened>>>
  /** Answer paths of their own to whomever they see fit, or pass on. */
  readonly others?: readonly Middleware[]
  /** Methods of those paths of `others` that pages of other origins may ask. */
  readonly publicMethods?: Readonly<Record<string, readonly string[]>>
  readonly corsOrigins?: Origins
  /** Answer what no API has taken, or pass on. */
  readonly pages?: readonly Middleware[]
}

const REST_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const DOCUMENT_METHODS = ['GET', 'HEAD', 'OPTIONS'] as const
const GRAPHQL_METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const

const REST_PATH = /^\/rest(?:\/|$)/
const isRest = (path: string): boolean => REST_PATH.test(path)
/** The metadata API knows more methods than records do at paths alike; preflights must not lack any. */
const METADATA_PATH = /^\/rest\/(?:metadata|apiKeys)(?:\/|$)/

export const createApp = <Caller extends Spender, Opened>(parts: AppParts<Caller, Opened>): Koa => {
  const { log, trustedProxies } = parts
  const app = new Koa({ proxy: trustedProxies > 0, maxIpsCount: trustedProxies })
  const admitted = createAdmission(parts.gate)
  const rest = admitted('rest', parts.rest)
  const graphql = new Map(
    Object.entries(parts.graphql).map(([path, handle]) => [path, admitted('graphql', handle)]),
  )
  const documents = new Map(
    Object.entries(parts.documents ?? {}).map(([path, { answer, answerStranger }]) => [
      path,
      admitted('rest', answer, answerStranger),
    ]),
  )

  const publicMethods = new Map(Object.entries(parts.publicMethods ?? {}))

  const answerDocument =
    (answer: Middleware): Middleware =>
    (ctx, next) => {
      if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(ctx.method, DOCUMENT_METHODS)
      return answer(ctx, next)
    }
  const answerRest: Middleware = (ctx, next) => {
    if (!REST_METHODS.some((method) => method === ctx.method))
      throw methodNotAllowed(ctx.method, REST_METHODS)
    return rest(ctx, next)
  }
  const answerGraphQL =
    (answer: Middleware): Middleware =>
    (ctx, next) => {
      ctx.state.face = 'graphql'
      if (!GRAPHQL_METHODS.some((method) => method === ctx.method))
        throw methodNotAllowed(ctx.method, GRAPHQL_METHODS)
      return answer(ctx, next)
    }
  const methodsOf = (path: string): readonly string[] | null =>
    documents.has(path)
      ? DOCUMENT_METHODS
      : METADATA_PATH.test(path)
        ? REST_METHODS
        : isRest(path)
          ? allowedMethods(path.replace(REST_PATH, '/'))
          : graphql.has(path)
            ? GRAPHQL_METHODS
            : (publicMethods.get(path) ?? null)

  const router = new Router<RequestState>()
  for (const [path, answer] of documents) router.all(path, answerDocument(answer))
  router.all(REST_PATH, answerRest)
  for (const [path, answer] of graphql) router.all(path, answerGraphQL(answer))

  app.use(identifyRequest())
  app.use(logAccess(log))
  app.use(secureHeaders(parts))
  if (parts.meter !== undefined) app.use(measureRequests(parts.meter))
  app.use(renderProblems(log))
  app.use(refuseAmbiguous())
  app.use(readTarget())
  app.use(answerHealth(parts.health))
  app.use(allowOrigins(methodsOf, parts.corsOrigins ?? '*'))
  for (const answer of parts.others ?? []) app.use(answer)
  app.use(router.routes())
  for (const answer of parts.pages ?? []) app.use(answer)
  app.use(refuseUnknownPath())

  // What the onion could not render: sockets that broke while an answer was on its way.
  app.on('error', (error: Error) => log.debug({ err: error }, 'An answer could not be sent'))
  return app
}
