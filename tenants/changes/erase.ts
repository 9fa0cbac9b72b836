// Erasure: blanks the images of one record in the feed and in the history. Entries stay, with their
// operation, time and actor.

import type { ClientBase, Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { auditCaller } from '../auditCaller.ts'
import type { Actor } from '../permission/actor.ts'
import type { HistoryPlace } from './history.ts'

interface EraseOptions {
  /** Absent for the operator. */
  readonly actor?: Actor | undefined
  /** Moves the logs of nodes into the feed; absent or null: there is one Postgres. */
  readonly collect?: (() => Promise<void>) | null
}

/** @returns the changes blanked */
export const eraseRecord = async (
  pool: Pool,
  { workspaceId, table, recordId }: HistoryPlace,
  { actor, collect }: EraseOptions = {},
): Promise<number> => {
  const erase = async (client: ClientBase | Pool): Promise<number> => {
    const { rows } = await client.query<{ count: number }>(
      'select tenantry_runtime.erase_record($1, $2, $3)::int as count',
      [workspaceId, table, recordId],
    )
    return rows[0]?.count ?? 0
  }
  let earlier = 0
  if (collect != null) {
    // Erased twice, since the lock on the record waits for open writers, whose changes are moved into the
    // feed after that.
    earlier = await erase(pool)
    await collect()
  }
  return inTransaction(pool, async (client) => {
    const count = earlier + (await erase(client))
    await auditCaller(client, actor, {
      action: 'history.erase',
      workspaceId,
      details: { table, record: recordId, changes: count },
    })
    return count
  })
}
