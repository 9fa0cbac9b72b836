// Erasure: blanks the images of one record in the feed and in the history. Entries stay, with their
// operation, time and actor.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { auditCaller } from '../auditCaller.ts'
import type { Actor } from '../permission/actor.ts'
import type { HistoryPlace } from './history.ts'

/** @param actor absent for the operator @returns the changes blanked */
export const eraseRecord = (
  pool: Pool,
  { workspaceId, table, recordId }: HistoryPlace,
  actor?: Actor,
): Promise<number> =>
  inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      'select tenantry_runtime.erase_record($1, $2, $3)::int as count',
      [workspaceId, table, recordId],
    )
    const count = rows[0]?.count ?? 0
    await auditCaller(client, actor, {
      action: 'history.erase',
      workspaceId,
      details: { table, record: recordId, changes: count },
    })
    return count
  })
