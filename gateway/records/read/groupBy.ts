// Records in groups, for both protocols: one select whose rows are groups, or one whose rows are the groups'
// first records. Dimensions are in dimension.ts, aggregates in aggregate.ts.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { isRecord } from '../../../tenants/model/json.ts'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { badInputOf, Problem } from '../../error/problem.ts'
import type { Params } from '../params.ts'
import { type Aggregate, findAggregates } from './aggregate.ts'
import { compileDimensions, type Dimension } from './dimension.ts'
import { compileFilter } from './filter.ts'
import { compileOrder, ORDER_BY_DIRECTIONS, orderBySql } from './order.ts'
import type { ReadForm } from './readForm.ts'

export interface GroupRequest {
  readonly groupBy: readonly unknown[]
  readonly filter: unknown
  readonly orderBy: readonly unknown[]
  readonly limit: number
  /** Values are text from a URL. */
  readonly isLenient: boolean
}

export const DEFAULT_GROUPS = 50
export const MAX_GROUPS = 200
/** Sample records of a group. */
export const SAMPLE_RECORDS = 10

/** Groups of records that the caller did not mean would be worse than none. */
export const refuseView = (viewId: unknown): void => {
  if (viewId == null || viewId === '') return
  throw new Problem('BAD_USER_INPUT', 'Views are not supported: omit "viewId".', {
    subCode: 'INVALID_ARGS_GROUP_BY',
    hint: "Send the view's conditions as the filter.",
  })
}

const RECORD = 't'
const CUT = 'g'

const bad = badInputOf('INVALID_ARGS_ORDER')

const column = (index: number): string => `${CUT}.c${index}`

/** The dimensions of a record or group as one text: the key that joins records to their group. */
const keySql = (values: readonly string[]): string =>
  `pg_catalog.json_build_array(${values.map((sql) => `(${sql})::pg_catalog.text`).join(', ')})::pg_catalog.text`

const groupKeySql = (dimensions: readonly Dimension[], alias: string): string =>
  keySql(dimensions.map(({ group }) => group(alias)))

const directionSql = (value: unknown, path: string): string => {
  const match = typeof value === 'string' && /^(Asc|Desc)Nulls(First|Last)$/.exec(value)
  if (!match)
    throw bad(
      `'order_by' direction '${JSON.stringify(value)?.slice(0, 100)}' invalid for "${path}". Allowed values are '${ORDER_BY_DIRECTIONS.join("', '")}'`,
    )
  return `${match[1]?.toLowerCase()} nulls ${match[2]?.toLowerCase()}`
}

/** `{field: direction}`, `{date: {orderBy, granularity}}` and nested ones, as paths. */
const leavesOf = (
  value: unknown,
  path: readonly string[] = [],
): { readonly path: readonly string[]; readonly direction: unknown; readonly granularity: unknown }[] => {
  if (!isRecord(value)) return [{ path, direction: value, granularity: undefined }]
  if (value.orderBy !== undefined && path.length > 0)
    return [{ path, direction: value.orderBy, granularity: value.granularity ?? undefined }]
  return Object.entries(value).flatMap(([name, inner]) =>
    inner === null || inner === undefined ? [] : leavesOf(inner, [...path, name]),
  )
}

/** Sorts groups by dimensions and aggregates, and finally by all dimensions, so that the order is total. */
const compileGroupOrder = (
  object: ObjectModel,
  dimensions: readonly Dimension[],
  orderBy: readonly unknown[],
): string => {
  const terms: string[] = []
  const addDimension = (leaf: ReturnType<typeof leavesOf>[number]): void => {
    const path = leaf.path.join('.')
    const index = dimensions.findIndex(
      (dimension) =>
        dimension.path.join('.') === path &&
        (leaf.granularity === undefined || leaf.granularity === dimension.granularity),
    )
    if (index < 0)
      throw bad(`Groups cannot be ordered by "${path}": it is not among what they are grouped by`)
    terms.push(`${column(index)} ${directionSql(leaf.direction, path)}`)
  }
  for (const item of orderBy) {
    if (!isRecord(item)) throw bad('Each item of orderBy is an object that names a field or an aggregate')
    const { aggregate, ...fields } = item
    if (aggregate !== undefined && aggregate !== null) {
      if (!isRecord(aggregate)) throw bad('"aggregate" in orderBy takes {"<aggregate>": direction}')
      for (const [name, direction] of Object.entries(aggregate)) {
        if (direction === undefined || direction === null) continue
        for (const { order } of findAggregates(object, [name]))
          terms.push(`${order(RECORD)} ${directionSql(direction, name)}`)
      }
    }
    for (const leaf of leavesOf(fields)) if (leaf.path.length > 0) addDimension(leaf)
  }
  return [...terms, ...dimensions.map((_, index) => column(index))].join(', ')
}

interface Groups {
  readonly dimensions: readonly Dimension[]
  /** The groups' order, by expressions of the select list. */
  readonly order: string
  /** A select of the given expressions over each group, in order. */
  readonly select: (list: readonly string[]) => string
}

const compileBody = (e: Params, model: Model, object: ObjectModel, request: GroupRequest): Groups => {
  const { groupBy, filter, orderBy, limit, isLenient } = request
  const dimensions = compileDimensions(e, model, object, groupBy)
  const where = compileFilter(e, model, object, RECORD, filter, { isLenient })
  const order = compileGroupOrder(object, dimensions, orderBy)
  const cut = dimensions.map(({ group }, index) => `${group(RECORD)} as c${index}`)
  const count = e.param(String(limit), 'pg_catalog.int8')
  const tail = `from ${inWorkspace(object.table)} ${RECORD} cross join lateral (select ${cut.join(', ')}) ${CUT} \
where ${where} group by ${dimensions.map((_, index) => column(index)).join(', ')}`
  return {
    dimensions,
    order,
    select: (list) => `select ${list.join(', ')} ${tail} order by ${order} limit ${count}`,
  }
}

export interface CompiledGroups {
  readonly text: string
  readonly dimensions: readonly ReadForm[]
  readonly aggregates: readonly (ReadForm & { readonly name: string })[]
}

/** Columns of a row, named `r0`, `r1` …: the group's key, its position, its dimensions, its aggregates. */
export const compileGroups = (
  e: Params,
  model: Model,
  object: ObjectModel,
  request: GroupRequest,
  aggregates: readonly Aggregate[],
): CompiledGroups => {
  const { dimensions, order, select } = compileBody(e, model, object, request)
  const read = dimensions.map((dimension, index) => dimension.read(column(index)))
  const aggregated = aggregates.map((aggregate) => ({ ...aggregate.read(RECORD), name: aggregate.name }))
  const key = keySql(dimensions.map((_, index) => column(index)))
  const place = `pg_catalog.row_number() over (order by ${order})`
  const list = [key, place, ...read.map(({ sql }) => sql), ...aggregated.map(({ sql }) => sql)]
  return {
    text: select(list.map((sql, index) => `${sql} as r${index}`)),
    dimensions: read,
    aggregates: aggregated,
  }
}

/** Offset of the dimensions in a row of `compileGroups`. */
export const FIRST_DIMENSION = 2

/** Names of the columns that `compileRanked` adds to a record. */
export const RANKED = { key: quoteIdentifier('group key'), place: quoteIdentifier('group place') } as const

/** A select of columns of all grouped records, with their group's key and their rank in it. */
export const compileRanked = (
  e: Params,
  model: Model,
  object: ObjectModel,
  { groupBy, filter, isLenient }: GroupRequest,
  orderBy: readonly unknown[],
  columns: readonly string[],
): string => {
  const alias = e.alias()
  const key = groupKeySql(compileDimensions(e, model, object, groupBy), alias)
  const terms = compileOrder(e, model, object, alias, orderBy)
  const order = terms.length === 0 ? '' : ` order by ${orderBySql(terms, false)}`
  const where = compileFilter(e, model, object, alias, filter, { isLenient })
  const list = columns.map((name) => `${alias}.${quoteIdentifier(name)}`)
  const place = `pg_catalog.row_number() over (partition by ${key}${order}) as ${RANKED.place}`
  return `select ${[...list, `${key} as ${RANKED.key}`, place].join(', ')} from ${inWorkspace(object.table)} ${alias} where ${where}`
}
