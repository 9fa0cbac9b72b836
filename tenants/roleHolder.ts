// Members of a workspace with their roles: their own, else the workspace's default. A member is a record of
// workspace_member in the workspace's own schema; roles are stored in the control schema (member.ts).

import type { ClientBase, Pool } from 'pg'
import { bindSchema, inWorkspace } from '../sql/placeholder.ts'
import { defaultRoleId } from './permission/role.ts'

export interface RoleHolder {
  readonly id: string
  /** The member's own, else the workspace's default; null if there is neither. */
  readonly roleId: string | null
  /** The whole record, by column. */
  readonly record: Readonly<Record<string, unknown>>
}

// Columns are read from JSON, because the table may have been altered by hand.
const HOLDERS_SQL = `select m.record ->> 'id' as id, m.record, r.role_id as "roleId"
  from (select to_jsonb(each) as record from ${inWorkspace('workspace_member')} as each) as m
  left join tenantry.member_roles r on r.workspace_id = $1 and r.workspace_member_id::text = m.record ->> 'id'
  where m.record ->> 'deleted_at' is null and m.record ? 'id' order by m.record ->> 'created_at', m.record ->> 'id'`

/** Active members, oldest first; none if the workspace has no such object. */
export const listRoleHolders = async (
  connection: ClientBase | Pool,
  workspaceId: string,
): Promise<readonly RoleHolder[]> => {
  const { rows: found } = await connection.query<{ schemaName: string }>(
    `select schema_name as "schemaName" from tenantry.workspaces
     where id = $1 and to_regclass(format('%I.workspace_member', schema_name)) is not null`,
    [workspaceId],
  )
  const schemaName = found[0]?.schemaName
  if (schemaName === undefined) return []
  const fallback = await defaultRoleId(connection, workspaceId)
  const { rows } = await connection.query<RoleHolder>(bindSchema(HOLDERS_SQL, schemaName), [workspaceId])
  return rows.map((member) => ({ ...member, roleId: member.roleId ?? fallback }))
}
