// The parameters of REST requests: parses each, or throws a Problem for values that no workspace could
// accept. routes.ts maps paths to requests, plan.ts looks up the object.

import type { CountMode } from '../../tenants/model/countMode.ts'
import type { ListArgument } from '../../tenants/model/reserved.ts'
import { badInput } from '../error/problem.ts'
import { checkedCountMode } from '../http/prefer.ts'
import type { Query } from '../http/query.ts'
import { EMPTY_FILTER, isEmptyFilter } from '../records/read/filter.ts'
import {
  ARGUMENTS_IN_REST,
  type ArgumentInRest,
  DEFAULT_RECORD_LIMIT,
  MAX_RECORD_LIMIT,
} from '../records/read/listArgument.ts'
import { type ListRequest, requestOf } from '../records/select/listRequest.ts'
import { parseFields } from './fields.ts'
import { parseFilter } from './filter.ts'
import { parseOrderBy } from './order.ts'

/** The newest changes first, so there is nothing to page backwards to. */
interface HistoryPage {
  readonly limit: number
  readonly after: string | undefined
}

export type Depth = 0 | 1

/** The part of a record in the answer. */
export interface Shown {
  readonly depth: Depth
  /** Names of fields; null: all of them. */
  readonly fields: readonly string[] | null
}

export interface GroupParameters {
  readonly groupBy: readonly unknown[]
  readonly aggregates: readonly string[]
  readonly filter: unknown
  readonly orderBy: readonly unknown[]
  readonly limit: number
  readonly hasRecords: boolean
  readonly orderByForRecords: readonly unknown[]
}

export type RestRequest = { readonly plural: string; readonly shown: Shown } & (
  | { readonly kind: 'groupBy'; readonly groups: GroupParameters }
  | { readonly kind: 'duplicates' }
  | { readonly kind: 'merge' }
  | {
      readonly kind: 'findMany'
      readonly list: ListRequest
      /** Null: as the caller prefers, or as the workspace is set. */
      readonly count: CountMode | null
    }
  | { readonly kind: 'findOne'; readonly key: readonly string[] }
  | { readonly kind: 'createOne'; readonly isUpsert: boolean }
  /** `goesOn`: a failed record does not stop the others. */
  | { readonly kind: 'createMany'; readonly isUpsert: boolean; readonly goesOn: boolean }
  | { readonly kind: 'updateOne'; readonly key: readonly string[] }
  | { readonly kind: 'updateMany'; readonly filter: unknown }
  | { readonly kind: 'deleteOne'; readonly key: readonly string[]; readonly isSoft: boolean }
  | { readonly kind: 'deleteMany'; readonly filter: unknown; readonly isSoft: boolean }
  | { readonly kind: 'restoreOne'; readonly key: readonly string[] }
  | { readonly kind: 'restoreMany'; readonly filter: unknown }
  | { readonly kind: 'findHistory'; readonly key: readonly string[]; readonly page: HistoryPage }
  | { readonly kind: 'eraseHistory'; readonly key: readonly string[] }
  | { readonly kind: 'undoChange'; readonly key: readonly string[]; readonly position: string }
)

export type RestRequestOf<Kind extends RestRequest['kind']> = Extract<RestRequest, { readonly kind: Kind }>

/** Of a needlessly repeated parameter the first value counts. */
const first = (query: Query, name: string): string | undefined => query.get(name)?.[0]

/** True for the exact text `true` only. */
export const readFlag = (query: Query, name: string): boolean => first(query, name) === 'true'

const parseNumber = (query: Query, name: string, byDefault: number, atMost: number): number => {
  const text = first(query, name)
  if (text === undefined || text === '') return byDefault
  if (!/^\d{1,9}$/.test(text))
    throw badInput(`${name} '${text.slice(0, 100)}' is invalid. Should be an integer`)
  return Math.min(Number(text), atMost)
}

export const parseLimit = (
  query: Query,
  byDefault = DEFAULT_RECORD_LIMIT,
  atMost = MAX_RECORD_LIMIT,
): number => parseNumber(query, 'limit', byDefault, atMost)

const parseDepth = (query: Query): Depth => {
  const text = first(query, 'depth')
  if (text === undefined || text === '' || text === '0') return 0
  if (text === '1') return 1
  throw badInput(`'depth=${text.slice(0, 100)}' parameter invalid. Allowed values are 0, 1`)
}

export const parseShown = (query: Query): Shown => {
  const fields = first(query, 'fields')
  return { depth: parseDepth(query), fields: fields === undefined ? null : parseFields(fields) }
}

/**
 * Silently dropping a second `filter`, as other servers do, would turn a narrow write into a wide one, so it
 * is refused.
 */
export const parseFilterOf = (query: Query): unknown => {
  const filters = query.get('filter') ?? []
  if (filters.length > 1)
    throw badInput(
      `'filter' is given ${filters.length} times. Combine them: filter=and(…,…)`,
      'INVALID_ARGS_FILTER',
    )
  return parseFilter(filters[0])
}

/** An argument of lists with its value. */
const parseArgument = (
  query: Query,
  argument: ListArgument,
  { type, parameter }: ArgumentInRest,
): readonly [ListArgument, unknown] => {
  switch (type) {
    case 'Int':
      return [argument, parseNumber(query, parameter.name, parameter.byDefault, parameter.atMost)]
    case 'String':
      return [argument, first(query, parameter.name) || null]
    case 'FilterInput':
      return [argument, parseFilterOf(query)]
    case 'OrderByInput':
      return [argument, parseOrderBy(first(query, parameter.name))]
  }
}

export const parseList = (query: Query): ListRequest => {
  const given = Object.fromEntries(
    ARGUMENTS_IN_REST.map(([argument, definition]) => parseArgument(query, argument, definition)),
  )
  // `limit` counts towards either end.
  const { first: limit, ...others } = given
  const counted = others.before === null ? given : { ...others, last: limit }
  return { ...requestOf(counted, false), isLenient: true }
}

export const parseCount = (query: Query): CountMode | null => {
  const text = first(query, 'count')
  return text === undefined || text === '' ? null : checkedCountMode(text)
}

export const parseHistoryPage = (query: Query): HistoryPage => ({
  limit: parseLimit(query),
  after: first(query, 'starting_after') || undefined,
})

const bulkDelete = (word: string): string =>
  `Filters are mandatory for bulk ${word} operations. Please provide at least one filter to prevent accidental deletion of all records.`

const WITHOUT_FILTER = {
  update: EMPTY_FILTER,
  delete: bulkDelete('delete'),
  destroy: bulkDelete('destroy'),
  restore: EMPTY_FILTER,
} as const

/** The filter of a bulk write. */
export const parseMandatoryFilterOf = (query: Query, write: keyof typeof WITHOUT_FILTER): unknown => {
  const filter = parseFilterOf(query)
  if (isEmptyFilter(filter)) throw badInput(WITHOUT_FILTER[write], 'INVALID_QUERY_INPUT')
  return filter
}
