// Deletes a role: its row, its grants and its Postgres role, in one transaction; returns the role before. Its
// members fall back to the workspace's default role. Valid keys block the deletion; revoked and expired ones
// are deleted with the role.

import type { ClientBase, Pool } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { auditCaller } from '../auditCaller.ts'
import { type Actor, refuseStronger } from './actor.ts'
import { changeRoles } from './changeRoles.ts'
import { dropPgRole, ensurePgRole } from './pgRole.ts'
import { PermissionRefusal } from './refusal.ts'
import { defaultRoleId, lockEditableRole, type Role } from './role.ts'
import { applyRules } from './rules.ts'

const dropWithGrants = async (client: ClientBase, workspaceId: string, pgRole: string): Promise<void> => {
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [pgRole])
  if (rowCount === 0) return
  await applyRules(client, workspaceId)
  // Grants and default privileges of this database; it owns nothing.
  await client.query(`drop owned by ${quoteIdentifier(pgRole)}`)
  await dropPgRole(client, pgRole)
}

/** Keys do not fall back to another role: that could widen their rights. */
export const deleteRole = (pool: Pool, workspaceId: string, roleId: string, actor?: Actor): Promise<Role> =>
  changeRoles(pool, workspaceId, async (client) => {
    const role = await lockEditableRole(client, workspaceId, actor, roleId)
    const fallback = await defaultRoleId(client, workspaceId)
    if (fallback === roleId)
      throw new PermissionRefusal('DEFAULT_ROLE_CANNOT_BE_DELETED', 'Default role cannot be deleted')
    const ended = await client.query<{ id: string }>(
      'delete from tenantry.api_keys where role_id = $1 and (revoked_at is not null or expires_at <= now()) returning id',
      [roleId],
    )
    const { rowCount } = await client.query('select from tenantry.api_keys where role_id = $1', [roleId])
    if (rowCount !== null && rowCount > 0)
      throw new PermissionRefusal('ROLE_IN_USE', `API keys have the role "${role.label}".`, {
        hint: 'Revoke or delete them, or give them another role, first.',
      })
    const members = await client.query('delete from tenantry.member_roles where role_id = $1', [roleId])
    if (fallback !== null && members.rowCount !== null && members.rowCount > 0) {
      await refuseStronger(client, actor, fallback)
      await ensurePgRole(client, fallback)
    }
    await client.query('delete from tenantry.roles where id = $1', [roleId])
    if (role.pgRole !== null) await dropWithGrants(client, workspaceId, role.pgRole)
    const details = { roleId, label: role.label, keyIds: ended.rows.map(({ id }) => id) }
    await auditCaller(client, actor, { action: 'role.delete', workspaceId, details })
    return role
  })
