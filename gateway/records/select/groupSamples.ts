// The first records of each group of a page, without a sort of all records. Those nearest to the beginning of
// the records' order have the first ones of most groups; only the members of groups that lack some are looked
// for, by the index of a grouped column where there is one. Keys are ranked, never whole rows.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import type { Params } from '../params.ts'
import { comparable } from '../read/comparable.ts'
import { all } from '../read/condition.ts'
import { compileDimensions, type Dimension, isPlainText } from '../read/dimension.ts'
import { compileFilter } from '../read/filter.ts'
import { cutColumn, cutSql, type GroupRequest, SIZE, valueName } from '../read/groupBy.ts'
import { compileOrder, type OrderTerm, orderBySql } from '../read/order.ts'
import { compileMatching, compileRows } from '../read/page.ts'
import { referenceAt } from '../read/reference.ts'
import { createJoins, type Joins } from '../read/relation.ts'
import { liveOnly } from '../read/trash.ts'

/** Records at the beginning of the order that are ranked for all groups. */
const NEAREST = 20_000

/** CTE of the page of groups: rows of `compileGroups`. */
export const GROUPS = 'page'
const NEAR = 'nearest'
const LACKING = 'lacking'
/** Columns of a sampled record: the position of its group, and its rank in it. */
const GROUP = quoteIdentifier('group number')
export const PLACE = quoteIdentifier('group place')

const sortName = (index: number): string => quoteIdentifier(`sort ${index}`)

/**
 * SQL that is equal for two grouped values of one group, null or not; Postgres can hash each part. Arrays are
 * equal if both elements are null. A list is compared as text: null is not an empty list.
 */
const identityOf = ({ column, granularity }: Dimension, grouped: string): readonly string[] => {
  if (granularity === null && isPlainText(column)) return [`coalesce(${grouped}, '')`, `(${grouped} is null)`]
  return [`array[${column.type.isArray ? `${grouped}::pg_catalog.text` : grouped}]`]
}

/** That a record's grouped values are those of a group. */
const inGroup = (dimensions: readonly Dimension[], group: string): string =>
  dimensions
    .flatMap((dimension, index) => {
      const own = identityOf(dimension, cutColumn(index))
      const other = identityOf(dimension, `${group}.${valueName(index)}`)
      return own.map((sql, part) => `${sql} = ${other[part]}`)
    })
    .join(' and ')

/** The records of some groups, by conditions that an index of their own column can serve. */
interface Members {
  /** Whether a grouped value is the one of records that hold none. */
  readonly isAbsent: (grouped: string) => string
  readonly ofAbsent: (dimension: Dimension, alias: string) => string
  /** @param values SQL of an array of grouped values */
  readonly ofValues: (dimension: Dimension, alias: string, values: string) => string
}

const UNBOUNDED: Members = { isAbsent: () => 'false', ofAbsent: () => 'false', ofValues: () => 'true' }

const membersOf = (e: Params, model: Model, { place, column, granularity }: Dimension): Members => {
  // Lists of different lengths make no array.
  if (column.type.isArray) return UNBOUNDED
  const isBlankable = granularity === null && place.object.emptyStringForNull && isPlainText(column)
  const [hop] = place.hops
  if (hop === undefined && isBlankable)
    return {
      isAbsent: (grouped) => `${grouped} = ''`,
      ofAbsent: ({ group }, alias) => `${group(alias)} = ''`,
      ofValues: (_, alias, values) => `${alias}.${quoteIdentifier(column.name)} = any(${values})`,
    }
  const nulls: Omit<Members, 'ofValues'> = {
    isAbsent: (grouped) => `${grouped} is null`,
    ofAbsent: ({ group }, alias) => `${group(alias)} is null`,
  }
  // The join to the groups omits the references that read null.
  if (hop === undefined && referenceAt(place.object, column) !== undefined)
    return { ...nulls, ofValues: (_, alias, values) => `${comparable(column, alias).sql} = any(${values})` }
  const [key, ...more] = hop?.columns ?? []
  const target = hop === undefined ? undefined : model.byTable.get(hop.target)
  if (hop === undefined || key === undefined || more.length > 0 || target === undefined)
    return { ...nulls, ofValues: ({ group }, alias, values) => `${group(alias)} = any(${values})` }
  return {
    ...nulls,
    ofValues: ({ value }, alias, values) => {
      const reached = e.alias()
      const live = liveOnly(target, reached)
      const where = all([...(live === null ? [] : [live]), `${value(reached, null)} = any(${values})`])
      const id = `${reached}.${quoteIdentifier(hop.targetColumns[0] ?? '')}`
      const ids = `select ${id} from ${inWorkspace(target.table)} ${reached} where ${where}`
      return `${alias}.${quoteIdentifier(key)} = any(array(${ids}))`
    },
  }
}

export interface SampleRequest extends GroupRequest {
  readonly orderByForRecords: readonly unknown[]
  /** Default: NEAREST. */
  readonly nearest?: number
}

export interface Samples {
  /** `with …`, which begins the statement. */
  readonly ctes: string
  /** A select of the sampled records: `GROUP`, `PLACE`, and the given columns. */
  readonly text: string
  /** That a sampled record belongs to a group of the page. */
  readonly isOfGroup: (sample: string) => string
  /** The records' order, in terms of the record of `alias` and of its sample. */
  readonly terms: (alias: string, sample: string) => readonly OrderTerm[]
}

interface Ranking {
  readonly alias: string
  readonly dimensions: readonly Dimension[]
  readonly joins: Joins
  readonly terms: readonly OrderTerm[]
  /** Alias of the groups. */
  readonly groups: string
}

/** @param columns of each record: best the key alone */
const rankedSelect = (
  { alias, dimensions, joins, terms, groups }: Ranking,
  columns: readonly string[],
  from: string,
  where: string,
): string => {
  const number = `${groups}.r0`
  const order = terms.length === 0 ? '' : ` order by ${orderBySql(terms, false)}`
  const list = [
    `${number} as ${GROUP}`,
    ...columns.map((name) => `${alias}.${quoteIdentifier(name)}`),
    ...terms.flatMap(({ ownColumn, sql }, index) =>
      ownColumn === null ? [`${sql} as ${sortName(index)}`] : [],
    ),
    `pg_catalog.row_number() over (partition by ${number}${order}) as ${PLACE}`,
  ]
  return `select ${list.join(', ')} from ${from}${cutSql(dimensions, alias, joins)} \
join ${groups} on ${inGroup(dimensions, groups)} where ${where}`
}

/** Ranks of the nearest records. */
const nearestSelect = (
  e: Params,
  model: Model,
  object: ObjectModel,
  request: SampleRequest,
  columns: readonly string[],
): string => {
  const { filter, isLenient, orderByForRecords: orderBy, nearest: limit = NEAREST } = request
  const alias = e.alias()
  const joins = createJoins(e, model)
  const dimensions = compileDimensions(e, joins, model, object, request.groupBy)
  const grouped = dimensions.flatMap(({ column, place }) => place.hops[0]?.columns ?? [column.name])
  const matching = compileMatching(e, model, object, alias, { filter, isLenient })
  const { rows, terms } = compileRows(e, model, object, alias, matching, {
    ...{ filter, orderBy, limit, isLimitFixed: true, isBackward: false, cursor: null },
    columns: [...columns, ...grouped],
  })
  return rankedSelect({ alias, dimensions, joins, terms, groups: GROUPS }, columns, rows, 'true')
}

/** Ranks of the members of the groups that lack some: of those with a value, or of those without. */
const lackingSelect = (
  e: Params,
  model: Model,
  object: ObjectModel,
  request: SampleRequest,
  columns: readonly string[],
  isAbsent: boolean,
): string => {
  const alias = e.alias()
  const joins = createJoins(e, model)
  const dimensions = compileDimensions(e, joins, model, object, request.groupBy)
  const terms = compileOrder(joins, model, object, alias, request.orderByForRecords)
  const [first] = dimensions
  const members = first === undefined ? UNBOUNDED : membersOf(e, model, first)
  const value = `${LACKING}.${valueName(0)}`
  const absent = members.isAbsent(value)
  const which = isAbsent ? absent : `(${absent}) is not true`
  const conditions = [
    // Without such a group the table is not read.
    `(select exists (select from ${LACKING} where ${which}))`,
    ...(first === undefined
      ? []
      : [
          isAbsent
            ? members.ofAbsent(first, alias)
            : members.ofValues(first, alias, `array(select ${value} from ${LACKING} where ${which})`),
        ]),
    compileFilter(e, model, object, alias, request.filter, { isLenient: request.isLenient }),
  ]
  const from = `${inWorkspace(object.table)} ${alias}`
  const ranking = { alias, dimensions, joins, terms, groups: LACKING }
  return rankedSelect(ranking, columns, from, conditions.join(' and '))
}

/**
 * @param groups select of `compileGroups`, with its values and sizes
 * @param last SQL of the last rank that is shown
 */
export const compileSamples = (
  e: Params,
  model: Model,
  object: ObjectModel,
  request: SampleRequest,
  columns: readonly string[],
  groups: string,
  last: string,
): Samples => {
  const shown = (ranked: string): string => `select * from (${ranked}) ranked where ${PLACE} <= ${last}`
  const nearest = shown(nearestSelect(e, model, object, request, columns))
  const found = `select ${GROUP}, pg_catalog.count(*) as n from ${NEAR} group by ${GROUP}`
  const lacking = `select ${GROUPS}.* from ${GROUPS} left join (${found}) found on found.${GROUP} = ${GROUPS}.r0 \
where coalesce(found.n, 0) < least(${GROUPS}.${SIZE}, ${last})`
  const others = [false, true].map((isAbsent) =>
    shown(lackingSelect(e, model, object, request, columns, isAbsent)),
  )
  const complete = `select * from ${NEAR} where not exists (select from ${LACKING} where ${LACKING}.r0 = ${NEAR}.${GROUP})`
  return {
    ctes: `with ${GROUPS} as materialized (${groups}), ${NEAR} as materialized (${nearest}), ${LACKING} as materialized (${lacking})`,
    text: [complete, ...others].join(' union all '),
    isOfGroup: (sample) => `${sample}.${GROUP} = ${GROUPS}.r0`,
    terms: (record, sample) =>
      compileOrder(createJoins(e, model), model, object, record, request.orderByForRecords).map(
        (term, index) => (term.ownColumn === null ? { ...term, sql: `${sample}.${sortName(index)}` } : term),
      ),
  }
}
