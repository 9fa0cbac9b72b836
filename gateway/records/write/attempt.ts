// Upserts that meet another writer. In: a run of the whole statement; out: its result. A unique key that
// another transaction took between our look-up and our insert, or a deadlock, undoes the whole statement: the
// next attempt finds what the other one left. A conflict that stays one is the caller's.

import { isSqlError } from '../../error/sqlstate.ts'

const MAX_ATTEMPTS = 3
/** unique_violation, deadlock_detected, serialization_failure. */
const WORTH_ANOTHER = new Set(['23505', '40P01', '40001'])

export const attempt = async <Result>(run: () => Promise<Result>): Promise<Result> => {
  for (let count = 1; ; count += 1) {
    try {
      return await run()
    } catch (error) {
      if (count >= MAX_ATTEMPTS || !isSqlError(error) || !WORTH_ANOTHER.has(error.code)) throw error
    }
  }
}
