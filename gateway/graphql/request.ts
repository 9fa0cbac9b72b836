// The body of a GraphQL request (graphql-over-http §6.1). In: parsed JSON; out: its parts, or a Problem.

import { Problem } from '../problem.ts'

export interface GraphQLRequest {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>> | undefined
  readonly operationName: string | undefined
}

const bad = (message: string): Problem => new Problem('BAD_USER_INPUT', message)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const readRequest = (body: unknown): GraphQLRequest => {
  if (Array.isArray(body)) throw bad('Batches are not supported: send one GraphQL request at a time.')
  if (!isObject(body)) throw bad('A GraphQL request is a JSON object with a "query".')
  const { query, variables, operationName } = body
  if (typeof query !== 'string' || query.trim() === '') throw bad('"query" must be a GraphQL document.')
  if (variables !== undefined && variables !== null && !isObject(variables))
    throw bad('"variables" must be an object.')
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw bad('"operationName" must be a string.')
  return {
    query,
    variables: variables ?? undefined,
    // An empty name is what some clients send for none.
    operationName: operationName || undefined,
  }
}
