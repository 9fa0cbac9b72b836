// One execution of a plan. SQL that depends on the model alone becomes text at planning; SQL that depends on
// the values of a request is a function of its Run.

import type { CountMode } from '../../tenants/model/countMode.ts'
import type { Params } from './params.ts'

export interface Run {
  readonly e: Params
  /** Coerced variables of the request; empty for a protocol without variables. */
  readonly variables: Readonly<Record<string, unknown>>
  /** How the totals of lists are found. */
  readonly count: CountMode
}

export const createRun = (e: Params, variables: Run['variables'] = {}, count: CountMode = 'exact'): Run => ({
  e,
  variables,
  count,
})

export type Sql = string | ((run: Run) => string)
export type Row = readonly (string | null)[]

/** Reads in the session of the request. */
export type ReadRows = (statement: {
  readonly text: string
  readonly values: readonly (string | null)[]
}) => Promise<readonly Row[]>

export const sqlOf = (sql: Sql, run: Run): string => (typeof sql === 'string' ? sql : sql(run))

export type Arguments = Readonly<Record<string, unknown>>

/** Arguments of a field, read when its statement is compiled: they may be variables. */
export type ReadArguments = (run: Pick<Run, 'variables'>) => Arguments
