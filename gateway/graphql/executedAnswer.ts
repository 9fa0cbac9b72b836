// The answer to an executed document: data beside the errors of fields, which are logged where they are not
// the request's. Where nothing ran, the errors are those of the request.

import type { Logger } from 'pino'
import { type Problem, toGraphQLError } from '../error/problem.ts'
import type { ErrorNames } from '../error/sqlstate.ts'
import type { Context } from '../http/context.ts'
import { joinTexts } from '../slices/bytes.ts'
import { type Executed, problemIn } from './execute.ts'
import { type GraphQLAnswer, placeOf, retryHeaders } from './graphqlAnswer.ts'

type WriteAnswer = (ctx: Context, executed: Executed, names: ErrorNames) => GraphQLAnswer

/** Nothing ran. A fault that is not the request's has its own status and headers. */
const refused = (problems: readonly Problem[], formatted: readonly unknown[]): GraphQLAnswer => {
  const other = problems.find(({ status }) => status >= 500)
  if (other !== undefined) throw other
  return { status: 400, body: JSON.stringify({ errors: formatted }) }
}

export const createAnswerWriter = (log: Logger): WriteAnswer => {
  const report = (ctx: Context, problem: Problem): void => {
    if (problem.status < 500) return
    const level = problem.code === 'INTERNAL_SERVER_ERROR' ? 'error' : 'warn'
    log[level](
      { requestId: ctx.state.requestId, ...problem.options.facts, err: problem.options.cause ?? problem },
      problem.message,
    )
  }

  return (ctx, { data, errors }, names) => {
    if (errors.length === 0 && data !== undefined)
      return { status: 200, body: joinTexts(['{"data":', data, '}']) }
    const isExecuted = data !== undefined
    const problems = errors.map((error) => problemIn(error, names, isExecuted))
    const formatted = errors.map((error, at) => {
      const problem = problems[at] ?? problemIn(error, names, isExecuted)
      if (isExecuted) report(ctx, problem)
      const { message, extensions } = toGraphQLError(problem)
      return { message, ...placeOf(error), extensions }
    })
    return isExecuted
      ? {
          status: 200,
          body: joinTexts([`{"errors":${JSON.stringify(formatted)},"data":`, data, '}']),
          ...retryHeaders(problems),
          isUnknown: problems.some(({ options }) => options.subCode === 'MODEL_CHANGED'),
        }
      : refused(problems, formatted)
  }
}
