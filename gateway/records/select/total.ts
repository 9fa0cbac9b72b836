// The total of a list, by the count mode of its request. A page that is not full needs no count. Estimates
// come from the planner, for the same rows under the same role, where more rows match than are counted.

import type { Statement } from '../../../sql/statement.ts'
import { isRecord } from '../../../tenants/model/json.ts'
import { createParams, type Params } from '../params.ts'
import type { ReadRows, Row, Run } from '../run.ts'
import type { ListSelection } from '../selection.ts'

/** The aggregate that counts all matching records. */
export const TOTAL = 'totalCount'
/** Beside it in an answer. */
export const ESTIMATE_FLAG = 'totalCountIsEstimate'

/** Where estimates are wanted, totals up to this are counted. */
export const MOST_COUNTED = 10_000

/** @param matching `from … where …` */
const countSome = (matching: string): string =>
  `select pg_catalog.count(*) as a0 from (select ${matching} limit ${MOST_COUNTED + 1}) counted`

/** The page whose length leaves no total open unless it is full. */
export interface FullPage {
  /** SQL of its number of records. */
  readonly records: string
  /** SQL of the number of skipped records; null: none. */
  readonly skipped: string | null
}

/**
 * The rows of a page, each with the total in front: counted only if the page is full, or empty behind an
 * offset. Such an empty page has one row with the total alone.
 * @param counted the select that counts
 */
export const withTotal = (page: string, { records, skipped }: FullPage, counted: string): string =>
  skipped === null
    ? `select case when pg_catalog.count(*) over () > ${records} then (${counted}) else pg_catalog.count(*) over () end, page.* from (${page}) page`
    : `with page as (${page}) select case when shown.n between 1 and ${records} then ${skipped} + shown.n else (${counted}) end, page.* \
from (select pg_catalog.count(*) as n from page) shown left join page on true`

export const exceedsCounted = (total: string | null | undefined): boolean => Number(total) > MOST_COUNTED

/** @param matchingIn `from … where …` with the given parameters */
const planned = (matchingIn: (e: Params) => string): Statement => {
  const e = createParams()
  const text = `explain (format json) select ${matchingIn(e)}`
  return { text, values: e.values }
}

/** Rows that the planner expects, at least those counted. */
const plannedRows = (explained: readonly Row[]): number => {
  const [plan]: unknown[] = JSON.parse(explained.flat().join('\n'))
  const root = isRecord(plan) ? plan.Plan : null
  const rows = isRecord(root) ? root['Plan Rows'] : null
  return Math.max(MOST_COUNTED + 1, typeof rows === 'number' ? Math.round(rows) : 0)
}

interface Counting {
  /** `select …` of the aggregates; null if none are selected. */
  readonly aggregates: string | null
  readonly estimate: (() => Statement) | null
  /** Whether all matching records are counted. */
  readonly hasTotal: boolean
  readonly isTotalAlone: boolean
}

/** Whether an aggregate reads all matching records. */
export const countsRecords = (aggregates: ListSelection['aggregates'], { count: mode }: Run): boolean =>
  aggregates.some(({ name }) => mode !== 'none' || name !== TOTAL)

/**
 * Lists inside records, and lists that a function returns, are never estimated.
 * @param reads the SQL of each aggregate
 * @param isRoot the list is not inside a record
 */
export const compileCounting = (
  aggregates: ListSelection['aggregates'],
  reads: readonly { readonly sql: string }[],
  isRoot: boolean,
  matching: string,
  matchingIn: (e: Params) => string,
  { count: mode }: Run,
): Counting => {
  const isLeftOut = (index: number): boolean => mode === 'none' && aggregates[index]?.name === TOTAL
  const isTotalAlone = aggregates.length === 1 && aggregates[0]?.name === TOTAL
  const hasTotal = mode !== 'none' && aggregates.some(({ name }) => name === TOTAL)
  const columns = reads.map(({ sql }, index) => `${isLeftOut(index) ? 'null' : sql} as a${index}`)
  const isAny = reads.some((_, index) => !isLeftOut(index))
  if (mode === 'estimated' && isTotalAlone && isRoot)
    return { hasTotal, isTotalAlone, aggregates: countSome(matching), estimate: () => planned(matchingIn) }
  const counted = isAny ? `select ${columns.join(', ')} ${matching}` : null
  return { hasTotal, isTotalAlone, aggregates: counted, estimate: null }
}

export interface CompiledStatement {
  readonly text: string
  /**
   * The answer's JSON.
   * @param estimate of the total, where it was not counted
   */
  readonly write: (rows: readonly Row[], estimate?: number) => string
  /** The statement that estimates the total, if these rows leave it open. */
  readonly estimate?: (rows: readonly Row[]) => Statement | null
}

/** The answer's JSON: of one statement, or of a second one where the total is estimated. */
export const answerStatement = async (
  { text, values, write, estimate }: CompiledStatement & Statement,
  read: ReadRows,
): Promise<string> => {
  const rows = await read({ text, values })
  const asked = estimate?.(rows) ?? null
  return asked === null ? write(rows) : write(rows, plannedRows(await read(asked)))
}
