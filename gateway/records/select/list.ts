// Lists: pages of records, with aggregates over all matching ones. A root list compiles to a statement, a
// list inside a record to columns of the record's statement. Only selected parts are computed.

import type { Statement } from '../../../sql/statement.ts'
import { createParams, type Params } from '../params.ts'
import { type Aggregate, readAggregate } from '../read/aggregate.ts'
import { hasDecidedByOne } from '../read/condition.ts'
import { cursorSelect, encodeCursor } from '../read/cursor.ts'
import type { OrderTerm } from '../read/order.ts'
import { compileMatching, compileRows } from '../read/page.ts'
import type { PageBounds } from '../read/pageArguments.ts'
import { type Row, type Run, sqlOf } from '../run.ts'
import type { ListSelection, RecordPage, RecordSelection } from '../selection.ts'
import { ABSENT, writeValue } from './json.ts'
import type { ListRequest } from './listRequest.ts'
import {
  checkColumnCount,
  nextAlias,
  type PlanScope,
  planRecord,
  type RecordOptions,
  type RecordPlan,
} from './record.ts'
import {
  type CompiledStatement,
  compileCounting,
  countsRecords,
  exceedsCounted,
  type FullPage,
  TOTAL,
  withTotal,
} from './total.ts'

export interface CompiledList {
  readonly page: PageBounds
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
  /** Null where even a page that is not full needs a count. */
  readonly full: FullPage | null
  /** Makes the statement that estimates the total, where the aggregates count only some rows. */
  readonly estimate: (() => Statement) | null
  /** Whether one more row than the page size is read. */
  readonly readsMore: boolean
}

/** The part of a compiled list that writes its answer: the SQL itself is not kept. */
type ListFrame = Pick<CompiledList, 'page' | 'count' | 'terms' | 'readsMore' | 'estimate'>

export interface ListPlan {
  readonly selection: ListSelection
  readonly alias: string
  readonly aggregates: readonly ReturnType<Aggregate['form']>[]
  readonly needsRows: boolean
  readonly records: readonly RecordPlan[]
  /** Offsets of each record's columns, after the row's own. */
  readonly offsets: readonly number[]
}

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
  checkColumnCount(width)
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
  checkColumnCount(columns + selection.aggregates.length)
  return {
    selection,
    alias,
    aggregates: selection.aggregates.map((aggregate) => readAggregate(aggregate, alias)),
    needsRows: selection.needsRows || records.length > 0,
    records,
    offsets,
  }
}

/** The records that match, for aggregates and for the page. Without either, the filter is only checked. */
const compileMatchings = (scope: PlanScope, plan: ListPlan, request: ListRequest, run: Run) => {
  const { selection, alias, needsRows } = plan
  const { filter, isLenient = false, link } = request
  const options = { filter, isLenient, ...(link === undefined ? {} : { link }) }
  const matchingIn = (params: Params, isPage = false) =>
    compileMatching(params, scope.model, selection.object, alias, { ...options, isPage })
  const isCounted = countsRecords(selection.aggregates, run)
  const isApart = link === undefined && hasDecidedByOne(filter)
  // Postgres rejects an unused parameter.
  const all = matchingIn(needsRows || isCounted ? run.e : createParams(), isApart && !isCounted)
  return { all, matchingIn, shown: needsRows && isApart && isCounted ? matchingIn(run.e, true) : all }
}

export const compileList = (
  scope: PlanScope,
  plan: ListPlan,
  request: ListRequest,
  run: Run,
): CompiledList => {
  const { filter, orderBy, page, link, isFixed: isLimitFixed = false } = request
  const { selection, alias, needsRows, records } = plan
  const { object, needsMore, needsCursor } = selection
  const { e } = run
  const count = page.first ?? page.last ?? 0
  const { all, shown, matchingIn } = compileMatchings(scope, plan, request, run)
  const { hasTotal, isTotalAlone, ...counting } = compileCounting(
    selection.aggregates,
    plan.aggregates,
    link === undefined,
    all.sql,
    (params) => matchingIn(params).sql,
    run,
  )
  const common = { page, count, matching: all.sql, ...counting }
  if (!needsRows) return { ...common, terms: [], columns: [], rows: null, readsMore: false, full: null }
  const isFirst = page.cursor === null && !page.offset
  const isPlaced = page.cursor === null && (isFirst || counting.estimate === null)
  const isTotalInPage = hasTotal && isTotalAlone && isPlaced && count > 0 && link === undefined
  // A first page with a known total needs no extra row to detect more.
  const readsMore = isTotalInPage || (needsMore && !(hasTotal && isFirst))
  // Where nothing was counted, no rows are looked for.
  const total = selection.aggregates.findIndex(({ name }) => name === TOTAL)
  const isGated = hasTotal && !isTotalInPage && link === undefined
  const { rows, terms } = compileRows(
    e,
    scope.model,
    object,
    alias,
    isGated ? { ...shown, where: `${shown.where} and counted.a${total} > 0` } : shown,
    {
      filter,
      orderBy,
      limit: readsMore ? count + 1 : count,
      isLimitFixed,
      isNested: link !== undefined,
      offset: page.offset,
      isBackward: page.last !== null,
      cursor: page.cursor,
      columns: records.flatMap(({ reads }) => reads),
    },
  )
  const own = needsCursor ? cursorSelect(terms) : 'true'
  const columns = [own, ...records.flatMap((record) => record.columns.map((sql) => sqlOf(sql, run)))]
  const joins = records.flatMap((record) => record.joins.map((sql) => sqlOf(sql, run))).join('')
  const number = (value: number): string => e.param(String(value), 'pg_catalog.int8')
  const full = isTotalInPage
    ? { records: number(count), skipped: page.offset ? number(page.offset) : null }
    : null
  return { ...common, terms, columns, rows: `${rows}${joins}`, readsMore, full }
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
  readonly isEstimate?: boolean
}

/** @param at offset of the columns of the list's rows */
export const pageOf = (
  plan: Pick<ListPlan, 'selection' | 'aggregates' | 'records' | 'offsets'>,
  rows: readonly Row[],
  { totals, terms, hasNextPage, hasPreviousPage, isEstimate = false }: ListFacts,
  run: Run,
  at = 0,
): RecordPage => ({
  rows,
  record: (row, which) => plan.records[which]?.write(row, at + (plan.offsets[which] ?? 0), run) ?? 'null',
  aggregate: (name) => {
    const index = plan.selection.aggregates.findIndex((aggregate) => aggregate.name === name)
    return writeValue(totals[index], plan.aggregates[index] ?? ABSENT)
  },
  cursor: (row) => cursorIn(terms, row, at),
  hasNextPage,
  hasPreviousPage,
  isEstimate,
})

/**
 * JSON of the list.
 * @param read rows in the order read: reversed if the page is read backwards
 * @param at offset of their columns
 */
export const writeList = (
  plan: ListPlan,
  { page, count, terms, readsMore, estimate }: ListFrame,
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
  const isEstimate = estimate !== null && exceedsCounted(totals[total])
  const facts = { totals, terms, hasNextPage, hasPreviousPage, isEstimate }
  return plan.selection.write(pageOf(plan, rows, facts, run, at))
}

const named = (columns: readonly string[]): string =>
  columns.map((sql, index) => `${sql} as c${index}`).join(', ')

/** What a statement's rows hold: the aggregates, and the page's own rows. */
type Parted = readonly [totals: Row, found: readonly Row[]]

/** The rows of a page and, if selected, the aggregates in front of each. */
export const listStatement = (plan: ListPlan, list: CompiledList, run: Run): CompiledStatement => {
  const { aggregates, rows, columns, page: range, count, terms, readsMore, full, estimate } = list
  // The writer outlives the statement where that is kept: it holds no SQL.
  const frame: ListFrame = { page: range, count, terms, readsMore, estimate }
  const at = rows === null || aggregates === null ? 0 : plan.aggregates.length
  const isTotalInRows = full !== null && full.skipped === null
  const partsOf = (read: readonly Row[]): Parted => {
    if (rows === null) return [read[0] ?? [], []]
    if (aggregates === null) return [[], read]
    if (isTotalInRows) return [read[0] ?? ['0'], read]
    return [read[0] ?? [], read[0]?.[at] == null ? [] : read]
  }
  const page = rows === null ? null : `select ${named(columns)} from ${rows}`
  const text = (): string => {
    if (page === null) return aggregates ?? 'select null'
    if (aggregates === null) return page
    if (full !== null) return withTotal(page, full, aggregates)
    return `select counted.*, page.* from (${aggregates}) counted left join lateral (${page}) page on true`
  }
  return {
    text: text(),
    write: (read, total) => {
      const [totals, found] = partsOf(read)
      return writeList(plan, frame, found, total === undefined ? totals : [String(total)], run, at)
    },
    ...(estimate === null
      ? {}
      : { estimate: (read) => (exceedsCounted(partsOf(read)[0][0]) ? estimate() : null) }),
  }
}
