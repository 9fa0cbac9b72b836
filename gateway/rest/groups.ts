// Parameters of `GET /rest/{plural}/groupBy`: what to group by and which groups to return, or a Problem.

import { isRecord } from '../../tenants/model/json.ts'
import { Problem } from '../error/problem.ts'
import { checkJson } from '../http/characters.ts'
import type { Query } from '../http/query.ts'
import { DEFAULT_GROUPS, MAX_GROUPS, refuseView } from '../records/read/groupBy.ts'
import { parseOrderBy } from './order.ts'
import { type GroupParameters, parseFilterOf, parseLimit } from './restRequest.ts'

const bad = (message: string): Problem =>
  new Problem('BAD_USER_INPUT', message, { subCode: 'INVALID_ARGS_GROUP_BY' })

const EXAMPLES = {
  group_by: 'array of objects - ex: [{"stage": true}, {"closeDate": {"granularity": "MONTH"}}]',
  aggregate: 'array of string - ex: ["countNotEmptyId", "countEmptyField"]',
  order_by:
    'array of objects - ex: [{"stage": "AscNullsFirst"}, {"aggregate": {"totalCount": "DescNullsLast"}}]',
} as const

const isString = (value: unknown): value is string => typeof value === 'string'

const parseList = <Item>(
  query: Query,
  name: keyof typeof EXAMPLES,
  isItem: (item: unknown) => item is Item,
): readonly Item[] | undefined => {
  const text = query.get(name)?.[0]
  if (text === undefined || text === '') return undefined
  const invalid = () => bad(`Invalid ${name} query parameter - should be a valid ${EXAMPLES[name]}`)
  let items: unknown
  try {
    items = JSON.parse(text)
  } catch {
    throw invalid()
  }
  checkJson(items, text)
  if (!Array.isArray(items) || !items.every(isItem)) throw invalid()
  return items
}

const isItem = (item: unknown): item is object => isRecord(item)

/** Throws Problem BAD_USER_INPUT. */
export const parseGroups = (query: Query): GroupParameters => {
  refuseView(query.get('viewId')?.[0])
  const groupBy = parseList(query, 'group_by', isItem)
  if (groupBy === undefined)
    throw bad(`Invalid group_by query parameter - should be a valid ${EXAMPLES.group_by}`)
  return {
    groupBy,
    aggregates: parseList(query, 'aggregate', isString) ?? [],
    filter: parseFilterOf(query),
    orderBy: parseList(query, 'order_by', isItem) ?? [],
    limit: parseLimit(query, DEFAULT_GROUPS, MAX_GROUPS),
    hasRecords: query.get('include_records_sample')?.[0] === 'true',
    orderByForRecords: parseOrderBy(query.get('order_by_for_records')?.[0]),
  }
}
