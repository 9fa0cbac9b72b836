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
import { compileOrder, ORDER_BY_DIRECTIONS, type OrderTerm, orderBySql } from './order.ts'
import type { ReadForm } from './readForm.ts'
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

const column = (index: number): string => `${CUT}.c${index}`

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

/** The grouped values, joined to the record of `alias` in `from`. */
const cutSql = (dimensions: readonly Dimension[], alias: string, joins: Joins): string => {
  const cut = dimensions.map(({ group }, index) => `${group(alias)} as c${index}`)
  return `${joins.sql()} cross join lateral (select ${cut.join(', ')}) ${CUT}`
}

export interface CompiledGroups {
  readonly text: string
  readonly dimensions: readonly ReadForm[]
  readonly aggregates: readonly (ReadForm & { readonly name: string })[]
}

/** Offset of the dimensions in a row of `compileGroups`, after the group's position. */
export const FIRST_DIMENSION = 1

const identityName = (index: number): string => quoteIdentifier(`group value ${index}`)

/**
 * Columns of a row, named `r0`, `r1` …: the group's position, its dimensions, its aggregates.
 * @param hasIdentities whether its identities follow, for `inGroup`
 */
export const compileGroups = (
  e: Params,
  model: Model,
  object: ObjectModel,
  request: GroupRequest,
  aggregates: readonly Aggregate[],
  hasIdentities: boolean,
): CompiledGroups => {
  const { groupBy, filter, orderBy, limit, isLenient } = request
  const joins = createJoins(e, model)
  const dimensions = compileDimensions(e, joins, model, object, groupBy)
  const where = compileFilter(e, model, object, RECORD, filter, { isLenient })
  const order = compileGroupOrder(object, dimensions, orderBy)
  const read = dimensions.map((dimension, index) => dimension.read(column(index)))
  const aggregated = aggregates.map((aggregate) => ({ ...aggregate.read(RECORD), name: aggregate.name }))
  const place = `pg_catalog.row_number() over (order by ${order})`
  const shown = [place, ...[...read, ...aggregated].map(({ sql }) => sql)]
  const identities = hasIdentities ? dimensions.map(({ identity }, index) => identity(column(index))) : []
  const list = [
    ...shown.map((sql, index) => `${sql} as r${index}`),
    ...identities.map((sql, index) => `${sql} as ${identityName(index)}`),
  ]
  const cut = cutSql(dimensions, RECORD, joins)
  const columns = dimensions.map((_, index) => column(index)).join(', ')
  const count = e.param(String(limit), 'pg_catalog.int8')
  return {
    text: `select ${list.join(', ')} from ${inWorkspace(object.table)} ${RECORD}${cut} \
where ${where} group by ${columns} order by ${order} limit ${count}`,
    dimensions: read,
    aggregates: aggregated,
  }
}

/** Records with their rank in their group. */
export interface Ranked {
  /** A select of the ranked records; `from` and `where` of the grouped ones. */
  readonly text: string
  /** That a ranked record belongs to a group of `compileGroups`. */
  readonly inGroup: (ranked: string, group: string) => string
  /** The records' order, in terms of the record of `alias` and of its rank. */
  readonly terms: (alias: string, ranked: string) => readonly OrderTerm[]
}

/** Name of the column of `compileRanked` with the rank. */
export const PLACE = quoteIdentifier('group place')

/**
 * All grouped records with their rank in their group.
 * @param columns the only ones that are sorted with the records, so best the key
 */
export const compileRanked = (
  e: Params,
  model: Model,
  object: ObjectModel,
  { groupBy, filter, isLenient }: GroupRequest,
  orderBy: readonly unknown[],
  columns: readonly string[],
): Ranked => {
  const alias = e.alias()
  const joins = createJoins(e, model)
  const dimensions = compileDimensions(e, joins, model, object, groupBy)
  const terms = compileOrder(joins, model, object, alias, orderBy)
  const where = compileFilter(e, model, object, alias, filter, { isLenient })
  const cut = cutSql(dimensions, alias, joins)
  const grouped = dimensions.map((_, index) => column(index))
  const order = terms.length === 0 ? '' : ` order by ${orderBySql(terms, false)}`
  const sortName = (index: number): string => quoteIdentifier(`sort ${index}`)
  const list = [
    ...columns.map((name) => `${alias}.${quoteIdentifier(name)}`),
    ...terms.flatMap(({ ownColumn, sql }, index) =>
      ownColumn === null ? `${sql} as ${sortName(index)}` : [],
    ),
    ...grouped.map((sql, index) => `${sql} as ${identityName(index)}`),
    `pg_catalog.row_number() over (partition by ${grouped.join(', ')}${order}) as ${PLACE}`,
  ]
  return {
    text: `select ${list.join(', ')} from ${inWorkspace(object.table)} ${alias}${cut} where ${where}`,
    inGroup: (ranked, group) =>
      dimensions
        .map(
          ({ identity }, index) =>
            `${identity(`${ranked}.${identityName(index)}`)} = ${group}.${identityName(index)}`,
        )
        .join(' and '),
    terms: (record, ranked) =>
      compileOrder(createJoins(e, model), model, object, record, orderBy).map((term, index) =>
        term.ownColumn === null ? { ...term, sql: `${ranked}.${sortName(index)}` } : term,
      ),
  }
}
