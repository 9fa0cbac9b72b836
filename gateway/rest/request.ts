// HTTP → the domain's words. In: method, path and query string; out: what is asked for, every parameter parsed, nothing looked
// up yet. Rejects what no workspace could answer. Not decided here: whether the object exists (plan.ts).

import { methodNotAllowed, Problem } from '../problem.ts'
import { parseFilter } from './filter.ts'
import { parseOrderBy } from './order.ts'
import { decodePercent, parseQuery, type Query } from './query.ts'

export interface Page {
  readonly limit: number
  readonly after: string | undefined
  readonly before: string | undefined
}

export type Depth = 0 | 1

export type RestRequest = { readonly plural: string; readonly depth: Depth } & (
  | {
      readonly kind: 'findMany'
      readonly filter: unknown
      readonly orderBy: readonly unknown[]
      readonly page: Page
    }
  | { readonly kind: 'findOne'; readonly key: string }
  | { readonly kind: 'createOne' }
  | { readonly kind: 'createMany' }
  | { readonly kind: 'updateOne'; readonly key: string }
  | { readonly kind: 'deleteOne'; readonly key: string; readonly isSoft: boolean }
)

const DEFAULT_LIMIT = 60
const MAX_LIMIT = 200

const bad = (message: string, subCode?: string): Problem =>
  new Problem('BAD_USER_INPUT', message, subCode === undefined ? {} : { subCode })

/** Of a parameter that is repeated without need the first one counts. */
const first = (query: Query, name: string): string | undefined => query.get(name)?.[0]

export const parseLimit = (query: Query, byDefault = DEFAULT_LIMIT, atMost = MAX_LIMIT): number => {
  const text = first(query, 'limit')
  if (text === undefined || text === '') return byDefault
  if (!/^\d{1,9}$/.test(text)) throw bad(`limit '${text.slice(0, 100)}' is invalid. Should be an integer`)
  return Math.min(Number(text), atMost)
}

export const parseDepth = (query: Query): Depth => {
  const text = first(query, 'depth')
  if (text === undefined || text === '' || text === '0') return 0
  if (text === '1') return 1
  throw bad(`'depth=${text.slice(0, 100)}' parameter invalid. Allowed values are 0, 1`)
}

const parsePage = (query: Query): Page => {
  const after = first(query, 'starting_after') || undefined
  const before = first(query, 'ending_before') || undefined
  if (after !== undefined && before !== undefined) throw bad('Cannot provide both before and after')
  return { limit: parseLimit(query), after, before }
}

/** A second `filter` was dropped silently by others; that turns a narrow write into a wide one, so it is refused. */
export const parseFilterOf = (query: Query): unknown => {
  const filters = query.get('filter') ?? []
  if (filters.length > 1)
    throw bad(
      `'filter' is given ${filters.length} times. Combine them: filter=and(…,…)`,
      'INVALID_ARGS_FILTER',
    )
  return parseFilter(filters[0])
}

const segmentsOf = (path: string): readonly string[] => {
  const [first, ...rest] = path.split('/').filter((segment) => segment !== '')
  if (first === undefined || rest.length > 1)
    throw bad(
      `Query path '/rest${path.slice(0, 200)}' invalid. Valid examples: /rest/companies/id or /rest/companies or /rest/batch/companies`,
    )
  return [first, ...rest]
}

const BATCH = 'batch'
const BATCH_METHODS = ['POST', 'OPTIONS']
const COLLECTION_METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS']
const RECORD_METHODS = ['GET', 'HEAD', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']

/**
 * What a request under `/rest` asks for. Throws Problem BAD_USER_INPUT or METHOD_NOT_ALLOWED.
 * @param path what follows `/rest` in the path, still percent-encoded
 * @param search the query string without its question mark; broken percent-encoding is taken literally
 */
export const parseRequest = (method: string, path: string, search: string): RestRequest => {
  const [head = '', tail] = segmentsOf(path)
  const query = parseQuery(search)
  const depth = parseDepth(query)
  if (head === BATCH && tail !== undefined) {
    if (method !== 'POST') throw methodNotAllowed(method, BATCH_METHODS)
    return { kind: 'createMany', plural: decodePercent(tail), depth }
  }
  const common = { plural: decodePercent(head), depth }
  const key = tail
  if (key === undefined) {
    switch (method) {
      case 'GET':
      case 'HEAD':
        return {
          ...common,
          kind: 'findMany',
          filter: parseFilterOf(query),
          orderBy: parseOrderBy(first(query, 'order_by')),
          page: parsePage(query),
        }
      case 'POST':
        return { ...common, kind: 'createOne' }
      default:
        throw methodNotAllowed(method, COLLECTION_METHODS)
    }
  }
  switch (method) {
    case 'GET':
    case 'HEAD':
      return { ...common, kind: 'findOne', key }
    case 'PATCH':
    case 'PUT':
      return { ...common, kind: 'updateOne', key }
    case 'DELETE':
      return { ...common, kind: 'deleteOne', key, isSoft: first(query, 'soft_delete') === 'true' }
    default:
      throw methodNotAllowed(method, RECORD_METHODS)
  }
}
