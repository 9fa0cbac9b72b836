// A dry run on a Citus cluster makes the change and undoes it: whether Citus takes a statement depends on the
// table, and no catalog lists what it refuses. A rehearsal holds locks as briefly as the change itself, and
// changes that read or write the rows of a large table are not rehearsed.

import type { Pool } from 'pg'
import { isCoordinator } from '../../../../sql/citus.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { isHeld } from './alterRefusal.ts'
import { BRIEF_MS } from './lockTimeout.ts'
import type { SchemaChange } from './schemaChange.ts'
import { isSmall } from './tableSize.ts'

/** Undoes the transaction. */
class Rehearsed extends Error {}

export const endRehearsal = (): never => {
  throw new Rehearsed('The change was a rehearsal.')
}

const isQuick = (before: Described, { steps }: SchemaChange): boolean =>
  steps.every(({ rows = [] }) => rows.every(({ table }) => isSmall(before, table)))

/**
 * Rejects with the error of Postgres or Citus that the change would meet.
 * @param run makes the changes, within the given time for locks, and ends with `endRehearsal`.
 */
export const rehearse = async (
  pool: Pool,
  before: Described,
  changes: readonly SchemaChange[],
  run: (lockMs: number) => Promise<unknown>,
): Promise<void> => {
  if (!changes.every((change) => isQuick(before, change)) || !(await isCoordinator(pool))) return
  try {
    await run(BRIEF_MS)
  } catch (error) {
    // A table in use: the change itself would wait.
    if (!(error instanceof Rehearsed || isHeld(error))) throw error
  }
}
