// The parameters of REST requests: parses each, or throws a Problem for values that no workspace could
// accept. routes.ts maps paths to requests, plan.ts looks up the object.

import type { CountMode } from '../../tenants/model/countMode.ts'
import { badInput } from '../error/problem.ts'
import { checkedCountMode } from '../http/prefer.ts'
import type { Query } from '../http/query.ts'
import { EMPTY_FILTER, isEmptyFilter } from '../records/read/filter.ts'
import type { ListParameter } from '../records/read/listArgument.ts'
import type { PageBounds } from '../records/read/pageArguments.ts'
import type { ListRequest } from '../records/select/listRequest.ts'
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

export const DEFAULT_RECORD_LIMIT = 60
export const MAX_RECORD_LIMIT = 200

/** Of a needlessly repeated parameter the first value counts. */
const first = (query: Query, name: string): string | undefined => query.get(name)?.[0]

/** True for the exact text `true` only. */
export const readFlag = (query: Query, name: string): boolean => first(query, name) === 'true'

export const parseLimit = (
  query: Query,
  byDefault = DEFAULT_RECORD_LIMIT,
  atMost = MAX_RECORD_LIMIT,
): number => {
  const text = first(query, 'limit')
  if (text === undefined || text === '') return byDefault
  if (!/^\d{1,9}$/.test(text))
    throw badInput(`limit '${text.slice(0, 100)}' is invalid. Should be an integer`)
  return Math.min(Number(text), atMost)
}

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

const pageOf = (limit: number, after: string | null, before: string | null): PageBounds => {
  if (after !== null && before !== null)
    throw badInput('Cannot provide both before and after', 'ARGS_CONFLICT')
  const text = after ?? before
  return {
    first: before === null ? limit : null,
    last: before === null ? null : limit,
    offset: null,
    cursor: text === null ? null : { side: before === null ? 'after' : 'before', text },
  }
}

interface ListParameters extends Record<ListParameter, unknown> {
  readonly filter: unknown
  readonly order_by: readonly unknown[]
  readonly limit: number
  readonly starting_after: string | null
  readonly ending_before: string | null
}

const listParameters = (query: Query): ListParameters => ({
  filter: parseFilterOf(query),
  order_by: parseOrderBy(first(query, 'order_by')),
  limit: parseLimit(query),
  starting_after: first(query, 'starting_after') || null,
  ending_before: first(query, 'ending_before') || null,
})

export const parseList = (query: Query): ListRequest => {
  const { filter, order_by, limit, starting_after, ending_before } = listParameters(query)
  const page = pageOf(limit, starting_after, ending_before)
  return { filter, orderBy: order_by, page, isLenient: true }
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
