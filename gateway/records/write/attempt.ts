// Retries writes that collide with another writer. A deadlock undoes the whole statement, so that any write
// can be sent again. An upsert is also sent again if another transaction took a unique key between its
// look-up and its insert: the next attempt finds the other's record. A persistent conflict is returned to the
// caller.

import { isSqlError } from '../../error/sqlstate.ts'

const MAX_ATTEMPTS = 3
const UNIQUE_VIOLATION = '23505'
/** deadlock_detected, serialization_failure. */
const UNDONE = new Set(['40P01', '40001'])

/** @param isRepeatable whether the statement may update the record that has taken a unique key */
export const attempt = async <Result>(run: () => Promise<Result>, isRepeatable: boolean): Promise<Result> => {
  const isWorthAnother = (code: string): boolean =>
    UNDONE.has(code) || (isRepeatable && code === UNIQUE_VIOLATION)
  for (let count = 1; ; count += 1) {
    try {
      return await run()
    } catch (error) {
      if (count >= MAX_ATTEMPTS || !isSqlError(error) || !isWorthAnother(error.code)) throw error
    }
  }
}
