// Reads the parameters of a GraphQL request: the JSON body of a POST, the query string of a GET (GraphQL over
// HTTP, "Request").

import { isRecord } from '../../tenants/model/json.ts'
import { Problem } from '../error/problem.ts'
import { parseJson, type ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import { parseQuery } from '../http/query.ts'

export interface GraphQLRequest {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>> | undefined
  readonly operationName: string | undefined
}

const PARAMETERS = ['query', 'variables', 'operationName', 'extensions'] as const
/** Parameters of a GET that contain JSON. */
const MAPS: readonly string[] = ['variables', 'extensions']

const bad = (message: string): Problem => new Problem('BAD_USER_INPUT', message)

const readMap = (name: string, value: unknown): Readonly<Record<string, unknown>> | undefined => {
  if (value === undefined || value === null) return undefined
  if (isRecord(value)) return value
  throw bad(`"${name}" must be an object.`)
}

/** Throws Problem. */
export const readParameters = (body: unknown): GraphQLRequest => {
  if (Array.isArray(body))
    throw new Problem('BAD_USER_INPUT', 'Batching is not supported.', {
      hint: 'Send one GraphQL request at a time.',
    })
  if (!isRecord(body)) throw bad('A GraphQL request is a JSON object with a "query".')
  const { query, operationName } = body
  if (typeof query !== 'string' || query.trim() === '') throw bad('"query" must be a GraphQL document.')
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw bad('"operationName" must be a string.')
  readMap('extensions', body.extensions)
  return {
    query,
    variables: readMap('variables', body.variables),
    // Some clients send an empty name for none.
    operationName: operationName || undefined,
  }
}

/** An empty parameter counts as absent; a repeated one is ambiguous. */
const parametersOf = (search: string, keepsDigits: boolean): Readonly<Record<string, unknown>> => {
  const given = parseQuery(search)
  const parameters: Record<string, unknown> = {}
  for (const name of PARAMETERS) {
    const [text = '', ...others] = given.get(name) ?? []
    if (others.length > 0) throw bad(`The parameter "${name}" is given more than once.`)
    if (text === '') continue
    parameters[name] = MAPS.includes(name) ? parseJson(text, `The parameter "${name}"`, keepsDigits) : text
  }
  return parameters
}

interface RequestReader {
  readonly readJson: ReadJson
  /** Parsed like the body of a POST, so that numbers in variables mean the same in both. */
  readonly keepsDigits: boolean
}

export const readRequest = async (
  ctx: Context,
  { readJson, keepsDigits }: RequestReader,
): Promise<GraphQLRequest> =>
  readParameters(ctx.method === 'POST' ? await readJson(ctx.req) : parametersOf(ctx.querystring, keepsDigits))
