// Refusals that only the database can decide, within the statement that they are about. In: a sub-code and a
// sentence; out: SQL of type int4 that, once evaluated, fails with exactly that; and the way back from
// Postgres' error. A cast that cannot succeed needs no function in the workspace's schema, and Postgres
// quotes the text that it could not cast.

import type { Params } from './params.ts'

export interface Raised {
  readonly subCode: string
  readonly message: string
}

const MARK = '\u0001tenantry '

/** `random()` keeps the planner from evaluating the cast while it plans, be the branch taken or not. */
export const raise = (e: Params, { subCode, message }: Raised): string =>
  `(pg_catalog.left(pg_catalog.random()::pg_catalog.text, 0) || ${e.param(MARK + JSON.stringify({ subCode, message }), 'pg_catalog.text')})::pg_catalog.int4`

/** What was raised, from the text that an error of SQLSTATE 22P02 quotes; null for texts of other origin. */
export const raisedIn = (text: string): Raised | null => {
  if (!text.startsWith(MARK)) return null
  try {
    const { subCode, message } = JSON.parse(text.slice(MARK.length)) as Partial<Raised>
    return typeof subCode === 'string' && typeof message === 'string' ? { subCode, message } : null
  } catch {
    return null
  }
}
