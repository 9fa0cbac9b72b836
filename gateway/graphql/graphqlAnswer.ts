// The parts of a GraphQL answer that do not depend on the schema: error locations, the answer to a document
// that cannot be executed, and the handler around an endpoint.

import type { GraphQLError } from 'postgraphile/graphql'
import type { Handler } from '../entry/authorise.ts'
import type { RequestOutcome } from '../entry/retry.ts'
import { Problem, toGraphQLBody } from '../error/problem.ts'
import type { Context } from '../http/context.ts'
import { acceptedType, contentTypeOf, statusIn } from '../http/mediaType.ts'
import type { JsonText } from '../slices/bytes.ts'
import { sendText } from '../slices/send.ts'
import { DocumentErrors } from './document.ts'

export interface GraphQLAnswer {
  readonly status: number
  readonly body: JsonText
  readonly headers?: Readonly<Record<string, string>>
  /** Nothing was executed, because the request names something that the model lacks. */
  readonly isUnknown?: boolean
}

/** GraphQL's messages about names that the schema lacks. */
const UNKNOWN =
  /^(?:Cannot query field|Unknown argument|Unknown type) |Field "[^"]+" is not defined by type |Value "[^"]+" does not exist in "/

export const namesUnknown = (errors: readonly { readonly message: string }[]): boolean =>
  errors.some(({ message }) => UNKNOWN.test(message))

export const isUnknown = (outcome: RequestOutcome<GraphQLAnswer | null>): boolean =>
  'answer' in outcome
    ? outcome.answer?.isUnknown === true
    : outcome.error instanceof DocumentErrors && namesUnknown(outcome.error.errors)

const RETRY_AFTER = 'retry-after'

/** When to ask again, where a field failed for a moment: the status is 200 all the same. */
export const retryHeaders = (problems: readonly Problem[]): Pick<GraphQLAnswer, 'headers'> => {
  const found = problems.find(({ options }) => options.headers?.[RETRY_AFTER] !== undefined)
  const after = found?.options.headers?.[RETRY_AFTER]
  return after === undefined ? {} : { headers: { [RETRY_AFTER]: after } }
}

export const placeOf = ({ locations, path }: GraphQLError) => ({
  ...(locations === undefined ? {} : { locations }),
  ...(path === undefined ? {} : { path }),
})

export const formattedErrors = ({ code, errors }: DocumentErrors) =>
  errors.map((error) => ({
    message: error.message,
    ...placeOf(error),
    extensions: { code, userFriendlyMessage: error.message, http: { status: 400 } },
  }))

/**
 * The answer to a well-formed request that cannot be executed because of its document, operation or
 * variables.
 */
export const refusalOf = (error: unknown): GraphQLAnswer => {
  if (error instanceof DocumentErrors)
    return { status: 400, body: JSON.stringify({ errors: formattedErrors(error) }) }
  if (error instanceof Problem && error.status === 400)
    return { status: 400, body: JSON.stringify(toGraphQLBody(error)) }
  throw error
}

interface GraphQLHandlerOptions<RequestContext, Request> {
  /** Rejects malformed requests, in every media type with the status of the Problem. */
  readonly read: (ctx: Context) => Promise<Request>
  readonly answer: (ctx: Context, requestContext: RequestContext, request: Request) => Promise<GraphQLAnswer>
}

/** Negotiates the media type, reads the request and answers it. */
export const handlerOf =
  <RequestContext, Request>({
    read,
    answer,
  }: GraphQLHandlerOptions<RequestContext, Request>): Handler<RequestContext> =>
  async (ctx, requestContext) => {
    ctx.state.route = ctx.path
    const type = acceptedType(ctx)
    if (type === null)
      throw new Problem('NOT_ACCEPTABLE', 'The Accept header allows no media type of GraphQL.', {
        hint: 'Accept application/json or application/graphql-response+json.',
      })
    const request = await read(ctx)
    const { status, body, headers = {} } = await answer(ctx, requestContext, request).catch(refusalOf)
    ctx.status = statusIn(type, status)
    ctx.set(headers)
    ctx.vary('Accept')
    ctx.type = contentTypeOf(type)
    sendText(ctx, body)
  }
