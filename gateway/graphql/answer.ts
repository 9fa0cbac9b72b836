// Pieces of GraphQL answers that do not depend on the schema. In: errors; out: their places, and the answer to a document that
// cannot be executed; a handler out of what answers.

import type { GraphQLError } from 'postgraphile/graphql'
import type { Handler } from '../admit.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../retry.ts'
import { DocumentErrors } from './document.ts'

export interface Answer {
  readonly status: number
  readonly body: string
  /** Nothing was done, because the request names what the model does not have. */
  readonly isUnknown?: boolean
}

/** How GraphQL speaks of what a schema does not have. */
const UNKNOWN =
  /^(?:Cannot query field|Unknown argument|Unknown type) |Field "[^"]+" is not defined by type |Value "[^"]+" does not exist in "/

export const namesUnknown = (errors: readonly { readonly message: string }[]): boolean =>
  errors.some(({ message }) => UNKNOWN.test(message))

export const isUnknown = (outcome: Outcome<Answer>): boolean =>
  'answer' in outcome
    ? outcome.answer.isUnknown === true
    : outcome.error instanceof DocumentErrors && namesUnknown(outcome.error.errors)

export const placeOf = ({ locations, path }: GraphQLError) => ({
  ...(locations === undefined ? {} : { locations }),
  ...(path === undefined ? {} : { path }),
})

const documentAnswer = ({ code, errors }: DocumentErrors): Answer => ({
  status: 400,
  body: JSON.stringify({
    errors: errors.map((error) => ({
      message: error.message,
      ...placeOf(error),
      extensions: { code, userFriendlyMessage: error.message, http: { status: 400 } },
    })),
  }),
})

/** Answers requests, those whose document cannot be executed too. */
export const handlerOf =
  <Opened>(answer: (ctx: Context, opened: Opened) => Promise<Answer>): Handler<Opened> =>
  async (ctx, opened) => {
    ctx.state.route = ctx.path
    const { status, body } = await answer(ctx, opened).catch((error: unknown) => {
      if (error instanceof DocumentErrors) return documentAnswer(error)
      throw error
    })
    ctx.status = status
    ctx.type = 'application/json'
    ctx.body = body
  }
