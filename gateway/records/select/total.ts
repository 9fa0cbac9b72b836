// The total of a list, by the count mode of its request. A page that is not full needs no count. Estimates
// come from the planner, for the same rows under the same role, where more rows match than are counted.

import type { Statement } from '../../../sql/statement.ts'
import { isRecord } from '../../../tenants/model/json.ts'
import { createParams, type Params } from '../params.ts'
import type { Row } from '../run.ts'
import type { ReadRows } from './written.ts'

/** The aggregate that counts all matching records. */
export const TOTAL = 'totalCount'
/** Beside it in an answer. */
export const ESTIMATE_FLAG = 'totalCountIsEstimate'

/** Where estimates are wanted, totals up to this are counted. */
export const MOST_COUNTED = 10_000

/** @param matching `from … where …` */
export const countSome = (matching: string): string =>
  `select pg_catalog.count(*) as a0 from (select ${matching} limit ${MOST_COUNTED + 1}) counted`

/**
 * The rows of a page, each with the total in front: counted only if the page is full.
 * @param full SQL of its number of records
 * @param counted the select that counts
 */
export const withTotal = (page: string, full: string, counted: string): string =>
  `select case when pg_catalog.count(*) over () > ${full} then (${counted}) else pg_catalog.count(*) over () end, page.* from (${page}) page`

export const exceedsCounted = (total: string | null | undefined): boolean => Number(total) > MOST_COUNTED

/** @param matchingIn `from … where …` with the given parameters */
export const planned = (matchingIn: (e: Params) => string): Statement => {
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
