// Erasure: blanks the images of one record in the feed and in the history. Entries stay, with their
// operation, time and actor.

import type { ClientBase, Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { auditCaller } from '../auditCaller.ts'
import type { Actor } from '../permission/actor.ts'
import type { HistoryPlace } from './history.ts'
import { pathIdOf, storedIdOf } from './recordId.ts'

interface EraseOptions {
  /** Absent for the operator. */
  readonly actor?: Actor | undefined
  /** Moves the logs of nodes into the feed; absent or null: there is one Postgres. */
  readonly collect?: (() => Promise<void>) | null
}

/** @returns the changes blanked */
export const eraseRecord = async (
  pool: Pool,
  { workspaceId, table, key }: HistoryPlace,
  { actor, collect }: EraseOptions = {},
): Promise<number> => {
  const erase = async (client: ClientBase | Pool): Promise<number> => {
    const { rows } = await client.query<{ count: number }>(
      'select tenantry_runtime.erase_record($1, $2, $3)::int as count',
      [workspaceId, table, storedIdOf(key)],
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
      details: { table, record: pathIdOf(key), changes: count },
    })
    return count
  })
}

const KEY_LENGTH_SQL = `select pg_catalog.cardinality(tenantry_runtime.key_numbers(o.table_oid)) as length
  from tenantry.objects o join pg_catalog.pg_class c on c.oid = o.table_oid
  where o.workspace_id = $1 and c.relname = $2`

/** @param parts decoded parts of an id, which were separated by commas */
export const keyOfParts = async (
  pool: Pool,
  workspaceId: string,
  table: string,
  parts: readonly string[],
): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ length: number | null }>(KEY_LENGTH_SQL, [workspaceId, table])
  return (rows[0]?.length ?? 1) > 1 ? parts : [parts.join(',')]
}
