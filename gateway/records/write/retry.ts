// Repeats writes that collide with another writer. A deadlock undoes the whole statement, so that any write
// can be sent again; repeats of a workspace run one after the other, since together they would lock each
// other out again. An upsert is also sent again if another transaction took a unique key between its look-up
// and its insert: the next attempt finds the other's record. A persistent conflict is returned to the caller.

import type { Rows } from '../../../sql/pipeline/pool.ts'
import { isSqlError } from '../../error/sqlstate.ts'

/** Runs one of a workspace's writes after the other. */
export type Turns = <Result>(workspace: string, work: () => Promise<Result>) => Promise<Result>

export const createTurns = (): Turns => {
  const ends = new Map<string, Promise<void>>()
  return async (workspace, work) => {
    const result = (ends.get(workspace) ?? Promise.resolve()).then(work)
    const end = result.then(
      () => undefined,
      () => undefined,
    )
    ends.set(workspace, end)
    try {
      return await result
    } finally {
      if (ends.get(workspace) === end) ends.delete(workspace)
    }
  }
}

/** Each wait for a deadlock takes a second of Postgres' `deadlock_timeout`. */
const MAX_DEADLOCKS = 10
/** Attempts that found a unique key taken, with no deadlock between them. */
const MAX_CONFLICTS = 3
const UNIQUE_VIOLATION = '23505'
/** deadlock_detected, serialization_failure. */
const UNDONE = new Set(['40P01', '40001'])

export interface Repetition {
  /** Whether the statement may update the record that has taken a unique key. */
  readonly isRepeatable: boolean
  /** Runs one of the workspace's repeats after the other. */
  readonly inTurn: (work: () => Promise<Rows>) => Promise<Rows>
}

export const attempt = async (
  run: () => Promise<Rows>,
  { isRepeatable, inTurn }: Repetition,
): Promise<Rows> => {
  let deadlocks = 0
  let conflicts = 0
  for (;;) {
    try {
      return await (deadlocks === 0 ? run() : inTurn(run))
    } catch (error) {
      if (!isSqlError(error)) throw error
      if (UNDONE.has(error.code)) {
        deadlocks += 1
        conflicts = 0
        if (deadlocks === MAX_DEADLOCKS) throw error
      } else {
        conflicts += 1
        if (!isRepeatable || error.code !== UNIQUE_VIOLATION || conflicts === MAX_CONFLICTS) throw error
      }
    }
  }
}
