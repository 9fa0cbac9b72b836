// Restores the trigger that guards members on tables that lost it by hand: dropped or recreated. Tables in
// use are skipped until the next round.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { isHeld } from '../model/change/run/alterRefusal.ts'
import { BRIEFLY } from '../model/change/run/lockTimeout.ts'

const UNGUARDED_SQL = `select w.id
  from tenantry.workspaces w
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = 'workspace_member' and c.relkind in ('r', 'p')
  where w.deleted_at is null and pg_catalog.pg_has_role(c.relowner, 'usage')
    and not exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid and t.tgname = 'tenantry_guard_member')`

/** @returns workspaces whose guard was restored. */
export const restoreMemberGuards = async (pool: Pool): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ id: string }>(UNGUARDED_SQL)
  const restored: string[] = []
  for (const { id } of rows) {
    try {
      await inTransaction(pool, async (client) => {
        await client.query(BRIEFLY)
        await client.query('select tenantry.guard_members($1)', [id])
      })
      restored.push(id)
    } catch (error) {
      if (!isHeld(error)) throw error
    }
  }
  return restored
}
