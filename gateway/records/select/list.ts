// Lists: pages of records, with aggregates over all matching ones. A root list compiles to a statement, a
// list inside a record to columns of the record's statement. Only selected parts are computed.

import type { Aggregate } from '../read/aggregate.ts'
import { cursorSelect, encodeCursor } from '../read/cursor.ts'
import type { OrderTerm } from '../read/order.ts'
import { compileMatching, compileRows } from '../read/page.ts'
import { type Page, type PageArguments, parsePage } from '../read/pageArguments.ts'
import { type Row, type Run, sqlOf } from '../run.ts'
import type { ListPage, ListSelection, RecordSelection } from '../selection.ts'
import { writeJson } from './json.ts'
import {
  checkColumns,
  nextAlias,
  type PlanScope,
  planRecord,
  type RecordOptions,
  type RecordPlan,
} from './record.ts'

/** Input of compiling a list's statement. */
export interface ListRequest {
  readonly filter: unknown
  readonly orderBy: readonly unknown[] | null
  readonly page: Page
  /** The filter's values are text from a URL. */
  readonly isLenient?: boolean
  /** Ties the records to an outer row. */
  readonly link?: string
  /** Nothing in it comes from a request. */
  readonly isFixed?: boolean
}

export interface CompiledList {
  readonly page: Page
  /** Records of a full page. */
  readonly count: number
  readonly terms: readonly OrderTerm[]
  /** `select …` of the aggregates; null if none are selected. */
  readonly aggregates: string | null
  /** The values of each row: a presence flag or its cursor, and the columns of its records. */
  readonly columns: readonly string[]
  /** The rows to read them from, with the joins; null if no row is needed. */
  readonly rows: string | null
  /** `from … where …` of all rows. */
  readonly matching: string
  /** Whether one more row than the page size is read. */
  readonly readsMore: boolean
}

/** The part of a compiled list that writes its answer: the SQL itself is not kept. */
type ListFrame = Pick<CompiledList, 'page' | 'count' | 'terms' | 'readsMore'>

export interface ListPlan {
  readonly selection: ListSelection
  readonly alias: string
  readonly aggregates: readonly ReturnType<Aggregate['read']>[]
  readonly needsRows: boolean
  readonly records: readonly RecordPlan[]
  /** Offsets of each record's columns, after the row's own. */
  readonly offsets: readonly number[]
}

/** `totalCount` counts all matching records. */
const TOTAL = 'totalCount'

/** Several selections of one record, side by side after the row's own column. */
export const planRecords = (
  scope: PlanScope,
  selections: readonly RecordSelection[],
  alias: string,
  options: RecordOptions = {},
): Pick<ListPlan, 'records' | 'offsets'> => {
  const records = selections.map((record) => planRecord(scope, record, alias, options))
  let width = 1
  const offsets = records.map(({ columns }) => {
    const at = width
    width += columns.length
    return at
  })
  checkColumns(width)
  return { records, offsets }
}

/** @param liveKeys foreign keys of the records whose target is known to be active */
export const planList = (
  scope: PlanScope,
  selection: ListSelection,
  liveKeys: readonly string[] = [],
): ListPlan => {
  const alias = nextAlias(scope)
  const { records, offsets } = planRecords(scope, selection.records, alias, { liveKeys })
  const columns = records.reduce((sum, record) => sum + record.columns.length, 0)
  checkColumns(columns + selection.aggregates.length)
  return {
    selection,
    alias,
    aggregates: selection.aggregates.map((aggregate) => aggregate.read(alias)),
    needsRows: selection.needsRows || records.length > 0,
    records,
    offsets,
  }
}

/** A single `orderBy` object is coerced to a list of one (GraphQL specification §3.11). */
export const listOf = (given: unknown): readonly unknown[] | null =>
  given === null || given === undefined ? null : Array.isArray(given) ? given : [given]

/** The arguments of a connection, coerced. */
export const requestOf = (given: Readonly<Record<string, unknown>>, isNested: boolean): ListRequest => ({
  filter: given.filter,
  orderBy: listOf(given.orderBy),
  page: parsePage(given as Partial<PageArguments>, isNested),
})

export const compileList = (
  scope: PlanScope,
  plan: ListPlan,
  { filter, orderBy, page, isLenient = false, link, isFixed: isLimitFixed = false }: ListRequest,
  run: Run,
): CompiledList => {
  const { selection, alias, needsRows, records } = plan
  const { object, needsMore, needsCursor, aggregates } = selection
  const { e } = run
  const count = page.first ?? page.last ?? 0
  const matching = compileMatching(e, scope.model, object, alias, {
    filter,
    isLenient,
    ...(link === undefined ? {} : { link }),
  })
  const counted = plan.aggregates.map(({ sql }, index) => `${sql} as a${index}`)
  const common = {
    page,
    count,
    matching: matching.sql,
    aggregates: counted.length === 0 ? null : `select ${counted.join(', ')} ${matching.sql}`,
  }
  // Postgres rejects an unused parameter, so nothing is compiled in vain.
  if (!needsRows) return { ...common, terms: [], columns: [], rows: null, readsMore: false }
  // A first page with a known total needs no extra row to detect more.
  const isTotalKnown = page.cursor === null && !page.offset && aggregates.some(({ name }) => name === TOTAL)
  const readsMore = needsMore && !isTotalKnown
  const { rows, terms } = compileRows(e, scope.model, object, alias, matching, {
    filter,
    orderBy,
    limit: readsMore ? count + 1 : count,
    isLimitFixed,
    offset: page.offset,
    isBackward: page.last !== null,
    cursor: page.cursor,
    columns: records.flatMap(({ reads }) => reads),
  })
  const own = needsCursor ? cursorSelect(terms) : 'true'
  const columns = [own, ...records.flatMap((record) => record.columns.map((sql) => sqlOf(sql, run)))]
  const joins = records.flatMap((record) => record.joins.map((sql) => sqlOf(sql, run))).join('')
  return { ...common, terms, columns, rows: `${rows}${joins}`, readsMore }
}

const cursorIn = (terms: readonly OrderTerm[], row: Row | undefined, at: number): string | null => {
  const text = row?.[at]
  if (text == null || terms.length === 0) return null
  const values: unknown = JSON.parse(text)
  return Array.isArray(values) ? encodeCursor(terms, values) : null
}

/** Parts of a list apart from its rows. */
interface ListFacts {
  readonly totals: Row
  readonly terms: readonly OrderTerm[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

/** @param at offset of the columns of the list's rows */
export const pageOf = (
  plan: Pick<ListPlan, 'selection' | 'aggregates' | 'records' | 'offsets'>,
  rows: readonly Row[],
  { totals, terms, hasNextPage, hasPreviousPage }: ListFacts,
  run: Run,
  at = 0,
): ListPage => ({
  rows,
  record: (row, which) => plan.records[which]?.write(row, at + (plan.offsets[which] ?? 0), run) ?? 'null',
  aggregate: (name) => {
    const index = plan.selection.aggregates.findIndex((aggregate) => aggregate.name === name)
    const text = totals[index]
    return text == null ? 'null' : writeJson(text, plan.aggregates[index]?.json ?? 'json')
  },
  cursor: (row) => cursorIn(terms, row, at),
  hasNextPage,
  hasPreviousPage,
})

/**
 * JSON of the list.
 * @param read rows in the order read: reversed if the page is read backwards
 * @param at offset of their columns
 */
export const writeList = (
  plan: ListPlan,
  { page, count, terms, readsMore }: ListFrame,
  read: readonly Row[],
  totals: Row,
  run: Run,
  at = 0,
): string => {
  const total = plan.selection.aggregates.findIndex(({ name }) => name === TOTAL)
  const hasMore = readsMore ? read.length > count : total >= 0 && Number(totals[total]) > count
  const shown = read.length > count ? read.slice(0, count) : read
  // Before a cursor there is at least the record that the cursor names.
  const hasNextPage = (page.first !== null && hasMore) || page.cursor?.side === 'before'
  const hasPreviousPage =
    (page.last !== null && hasMore) || page.cursor?.side === 'after' || Boolean(page.offset)
  const rows = page.last === null ? shown : shown.toReversed()
  return plan.selection.write(pageOf(plan, rows, { totals, terms, hasNextPage, hasPreviousPage }, run, at))
}

export interface CompiledStatement {
  readonly text: string
  /** The answer's JSON. */
  readonly write: (rows: readonly Row[]) => string
}

const named = (columns: readonly string[]): string =>
  columns.map((sql, index) => `${sql} as c${index}`).join(', ')

/** The rows of a page and, if selected, the aggregates in front of each. */
export const listStatement = (plan: ListPlan, list: CompiledList, run: Run): CompiledStatement => {
  const { aggregates, rows, columns, page: range, count, terms, readsMore } = list
  // The writer outlives the statement where that is kept: it holds no SQL.
  const frame: ListFrame = { page: range, count, terms, readsMore }
  if (rows === null)
    return {
      text: aggregates ?? 'select 0',
      write: ([totals = []]) => writeList(plan, frame, [], totals, run),
    }
  const page = `select ${named(columns)} from ${rows}`
  if (aggregates === null) return { text: page, write: (found) => writeList(plan, frame, found, [], run) }
  const at = plan.aggregates.length
  return {
    text: `select counted.*, page.* from (${aggregates}) counted left join (${page}) page on true`,
    write: (found) => writeList(plan, frame, found[0]?.[at] == null ? [] : found, found[0] ?? [], run, at),
  }
}
