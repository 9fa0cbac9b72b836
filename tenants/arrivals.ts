// Grants roles their rights on new relations, on servers whose event triggers are disabled: relations created
// in a workspace's schema or moved there. Does nothing where the event triggers are enabled.

import type { Pool } from 'pg'
import { hasEventTriggers } from '../sql/eventTriggers.ts'
import { inTransaction } from '../sql/ownerPool.ts'
import { isHeld } from './model/change/run/alterRefusal.ts'
import { BRIEFLY } from './model/change/run/lockTimeout.ts'
import { lockWorkspace, WorkspaceHeld } from './workspaceLock.ts'

const UNREGISTERED_SQL = `select distinct w.id
  from tenantry.workspaces w
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  where w.deleted_at is null and pg_catalog.pg_has_role(c.relowner, 'usage')
    and not exists (select from tenantry.objects o where o.workspace_id = w.id and o.table_oid = c.oid)`

export const openArrivals = async (pool: Pool): Promise<void> => {
  if (await hasEventTriggers(pool)) return
  const { rows } = await pool.query<{ id: string }>(UNREGISTERED_SQL)
  for (const { id } of rows) {
    try {
      await inTransaction(pool, async (client) => {
        await client.query(BRIEFLY)
        await lockWorkspace(client, id)
        await client.query('select tenantry.open_arrivals($1)', [id])
        await client.query('select tenantry.register_tables($1), tenantry.register_functions($1, null)', [id])
      })
    } catch (error) {
      if (!isHeld(error) && !(error instanceof WorkspaceHeld)) throw error
    }
  }
}
