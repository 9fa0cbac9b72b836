// How a write reaches the database. In: what stands behind `with`, and the select that reads `written`; out: the select's rows. Both
// faces run all their writes through such a function, so that an Idempotency-Key (idempotency.ts) covers them alike.

import type { Lanes, Rows, Session } from '../../sql/lanes.ts'
import { attempt } from '../query/attempt.ts'

export interface WriteStatement {
  /** Common table expressions, the last of them `written`. */
  readonly write: string
  readonly select: string
  /** Parameters of both. */
  readonly values: readonly (string | null)[]
}

/** @param isRepeatable whether a conflict may be gone at the next attempt */
export type RunWrite = (statement: WriteStatement, isRepeatable: boolean) => Promise<Rows>

export const createWriteRunner =
  (lanes: Lanes, session: Session): RunWrite =>
  ({ write, select, values }, isRepeatable) => {
    const run = (): Promise<Rows> =>
      lanes.run(session, { text: `with ${write} ${select}`, values }, { retryable: false })
    return isRepeatable ? attempt(run) : run()
  }
