// Pieces of GraphQL answers that do not depend on the schema. In: errors; out: their places, and the answer to a document that
// cannot be executed.

import type { GraphQLError } from 'postgraphile/graphql'
import type { DocumentErrors } from './document.ts'

export interface Answer {
  readonly status: number
  readonly body: string
}

export const placeOf = ({ locations, path }: GraphQLError) => ({
  ...(locations === undefined ? {} : { locations }),
  ...(path === undefined ? {} : { path }),
})

export const documentAnswer = ({ code, errors }: DocumentErrors): Answer => ({
  status: 400,
  body: JSON.stringify({
    errors: errors.map((error) => ({
      message: error.message,
      ...placeOf(error),
      extensions: { code, userFriendlyMessage: error.message, http: { status: 400 } },
    })),
  }),
})
