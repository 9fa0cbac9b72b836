// `GET /rest/{plural}/groupBy`. In: its parameters; out: one statement whose rows are groups, or the records of groups where a sample
// is wanted, and the bare JSON array that the contract has for an answer.

import type { Rows } from '../../sql/pipeline/pool.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../error/problem.ts'
import { checkJson } from '../http/characters.ts'
import { createParams } from '../records/params.ts'
import { findAggregates } from '../records/read/aggregate.ts'
import {
  type CompiledGroups,
  compileGroups,
  compileRanked,
  DEFAULT_GROUPS,
  FIRST_DIMENSION,
  MAX_GROUPS,
  RANKED,
  refuseView,
  SAMPLE_RECORDS,
} from '../records/read/groupBy.ts'
import { writeJson } from '../records/select/json.ts'
import type { CompiledStatement } from './compile.ts'
import { parseOrderBy } from './order.ts'
import type { Query } from './query.ts'
import { type RecordForm, recordForm } from './record.ts'
import { type GroupParameters, parseFilterOf, parseLimit, type Shown } from './request.ts'

const bad = (message: string): Problem =>
  new Problem('BAD_USER_INPUT', message, { subCode: 'INVALID_ARGS_GROUP_BY' })

const EXAMPLES = {
  group_by: 'array of objects - ex: [{"stage": true}, {"closeDate": {"granularity": "MONTH"}}]',
  aggregate: 'array of string - ex: ["countNotEmptyId", "countEmptyField"]',
  order_by:
    'array of objects - ex: [{"stage": "AscNullsFirst"}, {"aggregate": {"totalCount": "DescNullsLast"}}]',
} as const

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
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

const isItem = (item: unknown): item is object => isObject(item)

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

export interface CompiledGroupPage extends CompiledStatement {
  readonly groups: CompiledGroups
  /** null where no records are wanted. */
  readonly record: RecordForm | null
}

const columnsOf = (groups: CompiledGroups): number =>
  FIRST_DIMENSION + groups.dimensions.length + groups.aggregates.length

/** A row is a group or, with records, a record of one: the group's columns, the record's place and the record's columns. */
export const compileGroupPage = (
  model: Model,
  object: ObjectModel,
  parameters: GroupParameters,
  shown: Shown,
): CompiledGroupPage => {
  const e = createParams()
  const request = { ...parameters, isLenient: true }
  const aggregates = findAggregates(object, parameters.aggregates)
  const groups = compileGroups(e, model, object, request, aggregates)
  if (!parameters.hasRecords) return { text: groups.text, values: e.values, groups, record: null }
  const columns = [...object.columns.keys()]
  const ranked = compileRanked(e, model, object, request, parameters.orderByForRecords, columns)
  const record = recordForm(model, object, 't', shown)
  const told = Array.from({ length: columnsOf(groups) }, (_, index) => `page.r${index}`)
  const list = [...told, `t.${RANKED.place}`, ...record.columns]
  const text = `select ${list.map((sql, index) => `${sql} as c${index}`).join(', ')} from (${groups.text}) page \
left join (${ranked}) t on t.${RANKED.key} = page.r0 and t.${RANKED.place} <= ${SAMPLE_RECORDS}${record.joins} \
order by page.r1, t.${RANKED.place}`
  return { text, values: e.values, groups, record }
}

type Row = Rows[number]

const groupHead = ({ dimensions, aggregates }: CompiledGroups, row: Row): string => {
  const text = (json: (typeof dimensions)[number]['json'], index: number): string => {
    const value = row[index]
    return value == null ? 'null' : writeJson(value, json)
  }
  const values = dimensions.map(({ json }, index) => text(json, FIRST_DIMENSION + index))
  const first = FIRST_DIMENSION + dimensions.length
  const told = aggregates.map(({ name, json }, index) => `,"${name}":${text(json, first + index)}`)
  return `"groupByDimensionValues":[${values.join(',')}]${told.join('')}`
}

/** `[{"groupByDimensionValues":["NEW"],"totalCount":4,"records":[…]}]` */
export const groupsAnswer = ({ groups, record }: CompiledGroupPage, rows: Rows): string => {
  if (record === null) return `[${rows.map((row) => `{${groupHead(groups, row)}}`).join(',')}]`
  const placeAt = columnsOf(groups)
  const byGroup = Map.groupBy(rows, (row) => row[0])
  const written = [...byGroup.values()].map((members) => {
    const [first] = members
    const head = first === undefined ? '' : groupHead(groups, first)
    const records = members
      .filter((row) => row[placeAt] !== null)
      .map((row) => record.write(row, placeAt + 1))
    return `{${head},"records":[${records.join(',')}]}`
  })
  return `[${written.join(',')}]`
}
