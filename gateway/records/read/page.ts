// A page of sorted records: from a filter, an order, a cursor and a limit to the `from … where …` of all
// matching rows, and a sub-select of the page's rows under a given alias. Sorting comes before reading: the
// columns of a record are computed for the rows of the page only.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import type { Params } from '../params.ts'
import { behindNull, type Range, rangesOfAll, rangesOfCursor } from './cursor.ts'
import { compileFilter, isEmptyFilter } from './filter.ts'
import { compileOrder, isAgainstIndex, isBySecond, type OrderTerm, orderBySql } from './order.ts'
import { createJoins } from './relation.ts'

interface MatchOptions {
  readonly filter: unknown
  /** The filter's values are text from a URL. */
  readonly isLenient?: boolean
  /** Only the rows of a page are read, not all that match. */
  readonly isPage?: boolean
  /** Ties the rows to an outer record. */
  readonly link?: string
}

export interface PageOptions {
  readonly orderBy: readonly unknown[] | null | undefined
  /** Rows to read. */
  readonly limit: number
  /** The limit is constant for every request: it is part of the text. */
  readonly isLimitFixed?: boolean
  /** The rows are those of an outer record, which the index of a relation finds. */
  readonly isNested?: boolean
  /** The input that `matching` was compiled from. */
  readonly filter: unknown
  readonly offset?: number | null
  readonly isBackward: boolean
  readonly cursor: { readonly side: 'after' | 'before'; readonly text: string } | null
  /**
   * Names of the columns read from the rows. Others are not touched: the caller may lack the right to read
   * them.
   */
  readonly columns: Iterable<string>
}

/** All matching records, independent of order and cursor. */
interface Matching {
  readonly from: string
  readonly where: string
  /** `from … where …`. */
  readonly sql: string
}

interface CompiledRows {
  /** `(select …) <alias>`; read backwards, its rows come in reverse order. */
  readonly rows: string
  /** The order, in terms of `rows`. */
  readonly terms: readonly OrderTerm[]
}

/**
 * Sort values for use outside of the sub-select: those of the record's own columns can be read again there;
 * those reached over relations are exported under names of their own.
 */
const carryTerms = (
  terms: readonly OrderTerm[],
  alias: string,
): { outside: OrderTerm[]; carried: string[] } => {
  const carried: string[] = []
  const outside = terms.map((term, index) => {
    if (term.ownColumn !== null) return term
    const name = quoteIdentifier(`sort ${index}`)
    carried.push(`${term.sql} as ${name}`)
    return { ...term, sql: `${alias}.${name}` }
  })
  return { outside, carried }
}

export const compileMatching = (
  e: Params,
  model: Model,
  object: ObjectModel,
  alias: string,
  { filter, isLenient = false, isPage = false, link }: MatchOptions,
): Matching => {
  const condition = compileFilter(e, model, object, alias, filter, { isLenient, isPage })
  const from = `from ${inWorkspace(object.table)} ${alias}`
  const where = `where ${link === undefined ? '' : `${link} and `}${condition}`
  return { from, where, sql: `${from} ${where}` }
}

interface Planned extends PageOptions {
  readonly isByValue?: boolean
}

/** Rows of pages of usual sizes and of the largest, plus one that shows whether there are more. */
const PAGE_ROWS = [21, 61, 201]
const MOST_ROWS = 201

/**
 * For a limit that is a parameter Postgres assumes a tenth of all rows, finds the generic plan too expensive,
 * and plans every execution again: half a millisecond, four with relations. A literal limit keeps the plan.
 * With a filter it should replan, because the best plan depends on the value; and after a cursor whose first
 * value may be frequent or rare.
 */
const keepsPlan = ({ filter, offset, limit, isLimitFixed, isByValue }: Planned): boolean =>
  isLimitFixed !== true && isEmptyFilter(filter) && isByValue !== true && !offset && limit <= MOST_ROWS

const NO_ROWS: Range = { condition: 'false', nulls: [], terms: [] }

/**
 * The rows of the ranges, one range after the other. Append runs its parts in turn, and none that follow a
 * full page.
 * @param select the rows of a range, in order
 */
const inTurn = (
  e: Params,
  ranges: readonly Range[],
  alias: string,
  options: Planned,
  select: (range: Range) => string,
): string => {
  const { limit, isLimitFixed, offset } = options
  const number = (value: number): string =>
    isLimitFixed === true ? String(value) : e.param(String(value), 'pg_catalog.int8')
  const page = ` limit ${number(limit)}${offset ? ` offset ${number(offset)}` : ''}`
  const [only = NO_ROWS, ...more] = ranges
  if (more.length === 0 && !keepsPlan(options)) return `(${select(only)}${page}) ${alias}`
  const most = ` limit ${keepsPlan(options) ? MOST_ROWS : number(limit + (offset ?? 0))}`
  const parts = [only, ...more].map((range) => `${select(range)}${most}`)
  const rows = more.length === 0 ? parts.join() : parts.map((part) => `(${part})`).join(' union all ')
  return `(select * from (${rows}) ${alias}${page}) ${alias}`
}

interface Reading {
  readonly alias: string
  readonly isBackward: boolean
  /** No index has the rows in order, or each value has few. */
  readonly sortsTies: boolean
  /** SQL of the number of rows that are wanted. */
  readonly limit: () => string
}

/**
 * A select of the rows of a range, in order; behind a tie, of the wanted ones alone.
 * @param all `select … where …`
 * @param depth of ties within ties
 */
const selectRange = (all: string, range: Range, reading: Reading, depth = 0): string => {
  const { condition, nulls, terms } = range
  const rows = condition === null ? all : `${all} and ${condition}`
  if (!reading.sortsTies && isAgainstIndex(terms)) return rowsAndTies(rows, range, reading, depth)
  const order = [...nulls, ...terms]
  return `${rows}${order.length === 0 ? '' : ` order by ${orderBySql(order, reading.isBackward)}`}`
}

/**
 * A select of at least the first rows, in an order that an index has for the first term alone. Sorting a tie
 * reads all of it, and after an import a tie may be most of a table. Instead the rows are read in the order
 * of the first term, as many as are wanted. All of them but the last value's are complete, and need sorting
 * only among themselves; the last value's are read once more, as ranges of the index, which has each value's
 * rows in the order of the next term. Where no more rows match than `limit`, the table is read once.
 * @param rows `select … where …`, whose rows have no null in the first term
 */
const rowsAndTies = (rows: string, { nulls, terms }: Range, reading: Reading, depth: number): string => {
  const [first, ...rest] = terms
  if (first === undefined) return rows
  const { alias, isBackward } = reading
  const limit = reading.limit()
  const near = `near${depth}`
  const isAscending = (first.direction === 'asc') !== isBackward
  const last = `(select ${first.sql} from ${near} ${alias} order by ${orderBySql([first], !isBackward)} limit 1)`
  const isCut = `(select pg_catalog.count(*) from ${near}) >= ${limit}`
  const read = `${rows} order by ${orderBySql([...nulls, first], isBackward)} limit ${limit}`
  const before = `select * from ${near} ${alias} where not ${isCut} or ${first.sql} ${isAscending ? '<' : '>'} ${last}`
  const tied = rangesOfAll(rest, isBackward).map((range) => {
    const behindAll = nulls.reduceRight((each, term) => behindNull(term, each), range)
    return `${selectRange(`${rows} and ${isCut} and ${first.sql} = ${last}`, behindAll, reading, depth + 1)} limit ${limit}`
  })
  const parts = [`${before} order by ${orderBySql(terms, isBackward)}`, ...tied].map((part) => `(${part})`)
  return `with ${near} as materialized (${read}) select * from (${parts.join(' union all ')}) ${alias}`
}

/** A literal of the page's rows or a little more where the plan is to be kept. */
const nearRows = (e: Params, options: Planned): string => {
  const { limit, offset, isLimitFixed } = options
  const rows = limit + (offset ?? 0)
  if (isLimitFixed === true) return String(rows)
  return keepsPlan(options)
    ? String(PAGE_ROWS.find((most) => most >= rows) ?? MOST_ROWS)
    : e.param(String(rows), 'pg_catalog.int8')
}

/** @param matching of `compileMatching`, for the same alias; may occur in the statement more than once */
export const compileRows = (
  e: Params,
  model: Model,
  object: ObjectModel,
  alias: string,
  { from, where }: Matching,
  asked: PageOptions,
): CompiledRows => {
  const { cursor, isBackward } = asked
  const joins = createJoins(e, model)
  const terms = compileOrder(joins, model, object, alias, asked.orderBy)
  const options = { ...asked, isByValue: cursor !== null && isBySecond(terms) }
  const ranges =
    cursor === null ? rangesOfAll(terms, isBackward) : rangesOfCursor(e, terms, cursor.text, cursor.side)
  const { outside, carried } = carryTerms(terms, alias)
  const names = new Set([...options.columns, ...terms.flatMap(({ ownColumn }) => ownColumn ?? [])])
  const columns = [...names].map((name) => `${alias}.${quoteIdentifier(name)}`)
  const all = `select ${[...columns, ...carried].join(', ')} ${from}${joins.sql()} ${where}`
  const reading: Reading = {
    ...{ alias, isBackward, sortsTies: options.isNested === true },
    limit: () => nearRows(e, options),
  }
  const select = (range: Range): string => selectRange(all, range, reading)
  return { rows: inTurn(e, ranges, alias, options, select), terms: outside }
}
