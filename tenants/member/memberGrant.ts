// What the gateway needs to authenticate a request of a member: the record, the role and the workspace. The
// caller decides how long to cache it.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import type { FlagHolder } from '../permission/flag.ts'
import { ensurePgRole } from '../permission/pgRole.ts'
import type { WorkspaceStatus } from '../workspace.ts'
import { changingWorkspace } from '../workspaceLock.ts'
import { roleOfMember } from './member.ts'

export interface MemberGrant extends FlagHolder {
  readonly workspaceId: string
  readonly workspaceStatus: WorkspaceStatus
  readonly workspaceSettings: Readonly<Record<string, unknown>>
  readonly memberId: string
  readonly name: string
  readonly roleId: string
  readonly roleLabel: string
  /** The Postgres role that the member's statements run under. */
  readonly pgRole: string
  readonly roleNetworks: readonly string[]
}

interface RoleRow extends Omit<MemberGrant, 'memberId' | 'name' | 'pgRole'> {
  readonly pgRole: string | null
  readonly schemaName: string
}

/** No such table or column, or a column of another type: the table was recreated by hand. */
const NOT_OURS = new Set(['42P01', '42703', '42883', '22P02'])

/** Through jsonb, because columns may have been dropped by hand. */
const NAME_SQL = `select coalesce(nullif(concat_ws(' ', nullif(m ->> 'name_first_name', ''), nullif(m ->> 'name_last_name', '')), ''),
    nullif(m ->> 'user_email', ''), 'Member') as name
  from (select to_jsonb(w) as m from ${inWorkspace('workspace_member')} w where w.id = $1) x
  where m ->> 'deleted_at' is null`

/** Null for a record that is deleted, in the trash, or of another workspace. */
const readName = async (pool: Pool, schemaName: string, memberId: string): Promise<string | null> => {
  try {
    const { rows } = await pool.query<{ name: string }>(bindSchema(NAME_SQL, schemaName), [memberId])
    return rows[0]?.name ?? null
  } catch (error) {
    if (error instanceof Error && 'code' in error && NOT_OURS.has(String(error.code))) return null
    throw error
  }
}

const readRole = async (pool: Pool, roleId: string): Promise<RoleRow | null> => {
  const { rows } = await pool.query<RoleRow>(
    `select w.id as "workspaceId", w.status as "workspaceStatus", w.schema_name as "schemaName",
       w.settings as "workspaceSettings", r.id as "roleId", r.label as "roleLabel", r.pg_role as "pgRole", r.can_update_all_settings as "canUpdateAllSettings",
       r.can_access_all_tools as "canAccessAllTools", r.flags, r.networks::text[] as "roleNetworks"
     from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id and w.deleted_at is null where r.id = $1`,
    [roleId],
  )
  return rows[0] ?? null
}

/** Null for a member or workspace that does not exist. */
export const findMemberGrant = async (
  pool: Pool,
  workspaceId: string,
  memberId: string,
): Promise<MemberGrant | null> => {
  const roleId = await roleOfMember(pool, workspaceId, memberId)
  const role = roleId === null ? null : await readRole(pool, roleId)
  if (role === null) return null
  const { schemaName, ...grant } = role
  const name = await readName(pool, schemaName, memberId)
  if (name === null) return null
  // The default role may never have been assigned explicitly.
  const pgRole =
    role.pgRole ?? (await changingWorkspace(pool, workspaceId, (client) => ensurePgRole(client, role.roleId)))
  return { ...grant, pgRole, memberId, name }
}
