// Restores record rules on tables that lost them by hand: recreated, or stripped of their policies. Until
// then the restricted roles cannot access these tables. Returns the tables, and why one could not be
// restored. Workspaces with a locked table are skipped until the next time, because waiting for a lock blocks
// the table's readers.

import type { Pool } from 'pg'
import { inTransaction } from '../sql/ownerPool.ts'
import { isHeld } from './model/change/run/alterRefusal.ts'
import { BRIEFLY } from './model/change/run/lockTimeout.ts'
import { restoreLostRules } from './permission/apply.ts'
import type { Restored } from './permission/rules.ts'
import { lockWorkspace, WorkspaceHeld } from './workspaceLock.ts'

const WORKSPACES_SQL = `select distinct w.id
  from tenantry.row_rules u
  join tenantry.roles r on r.id = u.role_id
  join pg_catalog.pg_roles p on p.rolname = r.pg_role
  join tenantry.workspaces w on w.id = r.workspace_id and w.deleted_at is null
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = u.table_name and c.relkind in ('r', 'p')
  where not tenantry.rules_hold(r.id, c.oid)`

interface RestoredRules extends Restored {
  readonly workspaceId: string
}

const restoreWorkspace = (pool: Pool, id: string): Promise<readonly Restored[]> =>
  inTransaction(pool, async (client) => {
    await client.query(BRIEFLY)
    await lockWorkspace(client, id)
    const restored = await restoreLostRules(client, id)
    await client.query('select tenantry.grant_matrix(id) from tenantry.roles where workspace_id = $1', [id])
    return restored
  })

export const restoreRecordRules = async (pool: Pool): Promise<readonly RestoredRules[]> => {
  const { rows } = await pool.query<{ id: string }>(WORKSPACES_SQL)
  const all: RestoredRules[] = []
  for (const { id } of rows) {
    try {
      all.push(...(await restoreWorkspace(pool, id)).map((each) => ({ workspaceId: id, ...each })))
    } catch (error) {
      if (!isHeld(error) && !(error instanceof WorkspaceHeld)) throw error
    }
  }
  return all
}
