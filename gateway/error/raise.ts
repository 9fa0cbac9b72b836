// Refusals that only the database can decide, inside the statement that they are about. From a sub-code and a
// sentence to an int4 expression that fails with exactly these when evaluated; and back from Postgres' error.
// A cast that must fail needs no function in the workspace's schema, and Postgres quotes the text it could
// not cast.

import type { Params } from '../records/params.ts'

export interface Raised {
  readonly subCode: string
  readonly message: string
}

const MARK = '\u0001tenantry '

/** `random()` keeps the planner from evaluating the cast at plan time, whether the branch is taken or not. */
export const raise = (e: Params, { subCode, message }: Raised): string =>
  `(pg_catalog.left(pg_catalog.random()::pg_catalog.text, 0) || ${e.param(MARK + JSON.stringify({ subCode, message }), 'pg_catalog.text')})::pg_catalog.int4`

/** Parses the text quoted by an error of SQLSTATE 22P02; null for a text that is not a refusal of ours. */
export const raisedIn = (text: string): Raised | null => {
  if (!text.startsWith(MARK)) return null
  try {
    const { subCode, message } = JSON.parse(text.slice(MARK.length)) as Partial<Raised>
    return typeof subCode === 'string' && typeof message === 'string' ? { subCode, message } : null
  } catch {
    return null
  }
}
