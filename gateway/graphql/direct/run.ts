// One execution of a plan. What is known when a document is planned is text already; what depends on the values of a
// request is a function of its Run.

import type { Params } from '../../records/params.ts'
import type { OrderTerm } from '../../records/read/order.ts'
import type { Page } from '../../records/read/pageArguments.ts'
import type { BatchWay } from '../../records/write/createMany.ts'
import type { PlanContext } from '../../shape/planContext.ts'

export interface CompiledList {
  readonly page: Page
  /** Records of a full page. */
  readonly count: number
  readonly terms: readonly OrderTerm[]
  /** `from … where …` of all rows. */
  readonly matching: string
  /** The page's rows; empty where nothing of them is selected. */
  readonly rows: string
}

export interface Run {
  readonly e: Params
  /** Coerced variables of the request. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Who writes, and how much at once. */
  readonly context: PlanContext
  /** How a batch writes its records. */
  readonly way: BatchWay
  /** Lists inside records, once compiled, by their number in the plan: writing them needs what compiling found out. */
  readonly lists: Map<number, CompiledList>
}

export type Sql = string | ((run: Run) => string)
export type Row = readonly (string | null)[]
/** JSON text out of the columns that begin at `offset`. */
export type Write = (row: Row, offset: number, run: Run) => string

export const sqlOf = (sql: Sql, run: Run): string => (typeof sql === 'string' ? sql : sql(run))
