// The body of an explain request: a REST request or a GraphQL document, with a role.

import { isRecord } from '../../../tenants/model/json.ts'
import { badInput } from '../../error/problem.ts'
import { type GraphQLRequest, readParameters } from '../../graphql/graphqlRequest.ts'
import { METHODS, type Method } from '../../http/context.ts'
import { flagOf, type JsonBody, jsonBodyOf, requiredText, textOf } from '../body.ts'

export interface RestAsked {
  readonly method: Method
  readonly path: string
  /** The query string without its question mark. */
  readonly search: string
  /** JSON. */
  readonly body: unknown
}

export interface Asked {
  /** Label or id. */
  readonly role: string
  readonly isAnalyzed: boolean
  readonly rest: RestAsked | null
  readonly graphql: GraphQLRequest | null
}

const NAMES = ['request', 'query', 'variables', 'operationName', 'role', 'analyze']
const REQUEST_NAMES = ['method', 'path', 'body']

const restOf = (value: unknown): RestAsked => {
  if (!isRecord(value)) throw badInput('request must be an object with a method and a path.')
  const given = jsonBodyOf(value, REQUEST_NAMES)
  const name = (textOf(given, 'method') ?? 'GET').toUpperCase()
  const method = METHODS.find((each) => each === name)
  if (method === undefined) throw badInput(`request.method must be one of ${METHODS.join(', ')}.`)
  const target = requiredText(given, 'path')
  const at = target.indexOf('?')
  return {
    method,
    path: at < 0 ? target : target.slice(0, at),
    search: at < 0 ? '' : target.slice(at + 1),
    body: given.body,
  }
}

/** Throws Problem BAD_USER_INPUT. */
export const readAsked = (value: unknown): Asked => {
  const body: JsonBody = jsonBodyOf(value, NAMES)
  const { request, query } = body
  if ((request === undefined) === (query === undefined))
    throw badInput('The body must have one of request and query.')
  if (request !== undefined && (body.variables !== undefined || body.operationName !== undefined))
    throw badInput('variables and operationName belong to query.')
  return {
    role: textOf(body, 'role') ?? 'Admin',
    isAnalyzed: flagOf(body, 'analyze', false),
    rest: request === undefined ? null : restOf(request),
    graphql: query === undefined ? null : readParameters(body),
  }
}
