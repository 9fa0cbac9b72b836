// Renders errors, once and here: the Problem's status, headers and body in the format of the request's
// protocol, and a log line for internal errors. Headers set on the way in (rate limits, CORS) stay.

import type { Logger } from 'pino'
import { Problem, problemOf, toGraphQLBody, toRestBody } from '../error/problem.ts'
import { redact } from '../redact.ts'
import type { Context, Middleware } from './context.ts'
import { acceptedType, contentTypeOf, JSON_TYPE } from './mediaType.ts'

const write = (ctx: Context, problem: Problem): void => {
  ctx.status = problem.status
  if (problem.code === 'UNAUTHENTICATED') ctx.set('www-authenticate', 'Bearer')
  for (const [name, value] of Object.entries(problem.options.headers ?? {})) ctx.set(name, value)
  const isGraphQL = ctx.state.protocol === 'graphql'
  ctx.type = isGraphQL ? contentTypeOf(acceptedType(ctx) ?? JSON_TYPE) : JSON_TYPE
  // Messages quote what was sent, such as a path or a name.
  ctx.body = redact(JSON.stringify(isGraphQL ? toGraphQLBody(problem) : toRestBody(problem)))
}

const record = (log: Logger, ctx: Context, problem: Problem): void => {
  if (problem.status < 500) {
    if (log.isLevelEnabled('debug'))
      log.debug({ requestId: ctx.state.requestId, err: problem }, problem.message)
    return
  }
  const level = problem.code === 'INTERNAL_SERVER_ERROR' ? 'error' : 'warn'
  log[level](
    {
      requestId: ctx.state.requestId,
      ...problem.options.facts,
      ...(problem.options.detail === undefined ? {} : { detail: problem.options.detail }),
      err: problem.options.cause ?? problem,
    },
    problem.message,
  )
}

export const renderProblems =
  (log: Logger): Middleware =>
  async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const problem = problemOf(error)
      record(log, ctx, problem)
      write(ctx, problem)
    }
  }

export const unknownPath = (path: string): Problem =>
  new Problem('NOT_FOUND', `There is nothing at ${path.slice(0, 200)}.`, {
    hint: 'The API is at /rest/{objects}, /graphql and /metadata.',
  })

/** The last middleware: no other has answered the path. */
export const refuseUnknownPath = (): Middleware => (ctx) => {
  throw unknownPath(ctx.path)
}
