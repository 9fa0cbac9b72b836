// Records in groups, for both protocols: one select whose rows are groups, or one whose rows are the groups'
// first records. Dimensions are in dimension.ts, aggregates in aggregate.ts.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { isRecord } from '../../../tenants/model/json.ts'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { badInputOf, Problem } from '../../error/problem.ts'
import type { Params } from '../params.ts'
import { type Aggregate, findAggregates, partsOf } from './aggregate.ts'
import { compileDimensions, type Dimension } from './dimension.ts'
import { compileFilter } from './filter.ts'
import { ORDER_BY_DIRECTIONS } from './order.ts'
import type { ReadForm } from './readForm.ts'
import { referenceAt } from './reference.ts'
import { createJoins, type Joins } from './relation.ts'

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

export const cutColumn = (index: number): string => `${CUT}.c${index}`

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

/** Names of the aggregates that groups are ordered by. */
const orderedBy = (orderBy: readonly unknown[]): readonly string[] =>
  orderBy.flatMap((item) =>
    isRecord(item) && isRecord(item.aggregate)
      ? Object.entries(item.aggregate).flatMap(([name, direction]) => (direction == null ? [] : [name]))
      : [],
  )

/** Sorts groups by dimensions and aggregates, and finally by all dimensions, so that the order is total. */
const compileGroupOrder = (
  object: ObjectModel,
  dimensions: readonly Dimension[],
  orderBy: readonly unknown[],
  { sqlOf }: Source,
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
    terms.push(`${cutColumn(index)} ${directionSql(leaf.direction, path)}`)
  }
  for (const item of orderBy) {
    if (!isRecord(item)) throw bad('Each item of orderBy is an object that names a field or an aggregate')
    const { aggregate, ...fields } = item
    if (aggregate !== undefined && aggregate !== null) {
      if (!isRecord(aggregate)) throw bad('"aggregate" in orderBy takes {"<aggregate>": direction}')
      for (const [name, direction] of Object.entries(aggregate)) {
        if (direction === undefined || direction === null) continue
        for (const aggregate of findAggregates(object, [name]))
          terms.push(`${sqlOf(aggregate)} ${directionSql(direction, name)}`)
      }
    }
    for (const leaf of leavesOf(fields)) if (leaf.path.length > 0) addDimension(leaf)
  }
  return [...terms, ...dimensions.map((_, index) => cutColumn(index))].join(', ')
}

/** The grouped values, joined to the record of `alias` in `from`; `cutColumn` names each. */
export const cutSql = (dimensions: readonly Dimension[], alias: string, joins: Joins): string => {
  const cut = dimensions.map(({ group }, index) => `${group(alias)} as c${index}`)
  return `${joins.sql()} cross join lateral (select ${cut.join(', ')}) ${CUT}`
}

/** What groups are made of. */
interface Source {
  readonly sqlOf: (aggregate: Aggregate) => string
  /** SQL of the number of records. */
  readonly size: () => string
  /** After all aggregates: `from` items under the alias RECORD, and the condition on them. */
  readonly from: () => string
  readonly where: string
}

const recordsSource = (object: ObjectModel, where: string): Source => ({
  sqlOf: ({ sql }) => sql(RECORD),
  size: () => 'pg_catalog.count(*)',
  from: () => `${inWorkspace(object.table)} ${RECORD}`,
  where,
})

/** Aggregates of the records of each foreign key, so that the joined table meets each key once. */
const keysSource = (object: ObjectModel, where: string, key: string): Source => {
  const names = new Map<string, string>()
  const partOf = (sql: string): string => {
    const name = names.get(sql) ?? quoteIdentifier(`part ${names.size}`)
    names.set(sql, name)
    return `${RECORD}.${name}`
  }
  const column = `${RECORD}.${quoteIdentifier(key)}`
  return {
    sqlOf: (aggregate) =>
      aggregate.parts?.whole(partsOf(aggregate, RECORD).map(partOf)) ?? aggregate.sql(RECORD),
    size: () => `pg_catalog.sum(${partOf('pg_catalog.count(*)')})::pg_catalog.int8`,
    from: () =>
      `(select ${[column, ...[...names].map(([sql, name]) => `${sql} as ${name}`)].join(', ')} from ${inWorkspace(object.table)} ${RECORD} where ${where} group by ${column}) ${RECORD}`,
    where: 'true',
  }
}

/** The foreign key that a grouped value is, or is reached over; null if it is another own value. */
const groupedKey = ({ place: { object, hops }, column }: Dimension): string | null => {
  const [hop] = hops
  if (hop === undefined) return referenceAt(object, column) === undefined ? null : column.name
  const [key = null, ...more] = hop.columns
  return more.length > 0 ? null : key
}

/** The foreign key of all grouped values; null if there is none. */
const commonKey = (dimensions: readonly Dimension[]): string | null => {
  const [key = null, ...others] = new Set(dimensions.map(groupedKey))
  return others.length > 0 ? null : key
}

export interface CompiledGroups {
  readonly text: string
  readonly dimensions: readonly ReadForm[]
  readonly aggregates: readonly (ReadForm & { readonly name: string })[]
}

/** Offset of the dimensions in a row of `compileGroups`, after the group's position. */
export const FIRST_DIMENSION = 1

/** Names of the columns that samples need. */
export const valueName = (index: number): string => quoteIdentifier(`group value ${index}`)
export const SIZE = quoteIdentifier('group size')

/**
 * Columns of a row, named `r0`, `r1` …: the group's position, its dimensions, its aggregates.
 * @param isSampled whether its grouped values follow (`valueName`), and the number of its records (`SIZE`)
 */
export const compileGroups = (
  e: Params,
  model: Model,
  object: ObjectModel,
  request: GroupRequest,
  aggregates: readonly Aggregate[],
  isSampled: boolean,
): CompiledGroups => {
  const { groupBy, filter, orderBy, limit, isLenient } = request
  const joins = createJoins(e, model)
  const dimensions = compileDimensions(e, joins, model, object, groupBy)
  const where = compileFilter(e, model, object, RECORD, filter, { isLenient })
  const used = [...aggregates, ...findAggregates(object, orderedBy(orderBy))]
  const key = used.every(({ parts }) => parts !== null) ? commonKey(dimensions) : null
  const source = key === null ? recordsSource(object, where) : keysSource(object, where, key)
  const order = compileGroupOrder(object, dimensions, orderBy, source)
  const read = dimensions.map((dimension, index) => dimension.read(cutColumn(index)))
  const aggregated = aggregates.map((aggregate) => ({
    ...aggregate.form(source.sqlOf(aggregate)),
    name: aggregate.name,
  }))
  const place = `pg_catalog.row_number() over (order by ${order})`
  const shown = [place, ...[...read, ...aggregated].map(({ sql }) => sql)]
  const sampled = isSampled
    ? [
        ...dimensions.map((_, index) => `${cutColumn(index)} as ${valueName(index)}`),
        `${source.size()} as ${SIZE}`,
      ]
    : []
  const list = [...shown.map((sql, index) => `${sql} as r${index}`), ...sampled]
  const cut = cutSql(dimensions, RECORD, joins)
  const columns = dimensions.map((_, index) => cutColumn(index)).join(', ')
  const count = e.param(String(limit), 'pg_catalog.int8')
  return {
    text: `select ${list.join(', ')} from ${source.from()}${cut} where ${source.where} group by ${columns} order by ${order} limit ${count}`,
    dimensions: read,
    aggregates: aggregated,
  }
}
