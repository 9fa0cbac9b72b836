// Members of a workspace and their roles. A member is a record of workspace_member in the workspace's own
// schema; its role is stored in the control schema, where the workspace's own roles cannot write. A member
// without a row has the default role.

import type { ClientBase, Pool } from 'pg'
import type { Connection } from '../../sql/ownerPool.ts'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { auditCaller } from '../auditCaller.ts'
import { checkPage, type ListPage, type PageRequest, readAllPages, readPage } from '../listPage.ts'
import { type Actor, refuseStronger, requireFlag } from '../permission/actor.ts'
import { ensurePgRole } from '../permission/pgRole.ts'
import { PermissionRefusal } from '../permission/refusal.ts'
import { defaultRoleId, lockRole, type Role } from '../permission/role.ts'
import { isUuid } from '../uuid.ts'
import { changingWorkspace } from '../workspaceLock.ts'

// Columns are read from JSON, because the table may have been altered by hand.
const MEMBER_SQL = `select from (select to_jsonb(each) as record from ${inWorkspace('workspace_member')} as each) as m
  where m.record ->> 'id' = $1 and m.record ->> 'deleted_at' is null`

export const memberNotFound = (): PermissionRefusal =>
  new PermissionRefusal('WORKSPACE_MEMBER_NOT_FOUND', 'Workspace member not found')

export const checkMember = async (
  client: ClientBase,
  schemaName: string,
  memberId: string,
): Promise<void> => {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    bindSchema(inWorkspace('workspace_member'), schemaName),
  ])
  if (!isUuid(memberId) || rows[0]?.found !== true) throw memberNotFound()
  const { rowCount } = await client.query(bindSchema(MEMBER_SQL, schemaName), [memberId.toLowerCase()])
  if (rowCount === 0) throw memberNotFound()
}

export interface Member {
  readonly id: string
  readonly name: string
  readonly email: string | null
}

const NAME_SQL = `concat_ws(' ', m ->> 'name_first_name', m ->> 'name_last_name')`

/** Members in the order of their ids. Searches name and e-mail address. */
export const pageOfMembers = async (
  connection: Connection,
  schemaName: string,
  page: PageRequest,
): Promise<ListPage<Member>> => {
  const table = bindSchema(inWorkspace('workspace_member'), schemaName)
  const { rows: tables } = await connection.query('select where to_regclass($1) is not null', [table])
  checkPage(page)
  if (tables.length === 0) return { items: [], hasNextPage: false, totalCount: 0 }
  return readPage(
    connection,
    {
      columns: `m ->> 'id' as id, ${NAME_SQL} as name, m ->> 'user_email' as email`,
      // Through jsonb, because columns may have been dropped by hand.
      from: `(select to_jsonb(w) as m from ${table} w) x`,
      where: `m ->> 'deleted_at' is null`,
      values: [],
      id: `(m ->> 'id') collate "C"`,
      words: `tenantry.words_of(concat_ws(' ', ${NAME_SQL}, m ->> 'user_email'))`,
    },
    page,
  )
}

/** All members of the workspace, in the order they joined. */
export const listMembers = (connection: Connection, schemaName: string): Promise<readonly Member[]> =>
  readAllPages((page) => pageOfMembers(connection, schemaName, page))

export const roleOfMember = async (
  connection: ClientBase | Pool,
  workspaceId: string,
  memberId: string,
): Promise<string | null> => {
  const { rows } = await connection.query<{ roleId: string }>(
    `select role_id as "roleId" from tenantry.member_roles where workspace_id = $1 and workspace_member_id = $2`,
    [workspaceId, memberId],
  )
  return rows[0]?.roleId ?? defaultRoleId(connection, workspaceId)
}

/** Until the transaction ends, no other transaction changes who is an administrator. */
export const lockMembers = async (client: ClientBase, workspaceId: string): Promise<void> => {
  await client.query('select tenantry.lock_members($1)', [workspaceId])
}

/** Active members with the standard role Admin, the one that cannot be edited. */
export const listAdministrators = async (
  client: ClientBase,
  workspaceId: string,
): Promise<readonly string[]> => {
  const { rows } = await client.query<{ id: string }>('select a as id from tenantry.administrators($1) a', [
    workspaceId,
  ])
  return rows.map(({ id }) => id)
}

export const lastAdmin = (): PermissionRefusal =>
  new PermissionRefusal(
    'CANNOT_UNASSIGN_LAST_ADMIN',
    'Cannot unassign admin role from last admin of the workspace',
    { hint: 'Give another member the admin role first.' },
  )

export const updateWorkspaceMemberRole = (
  pool: Pool,
  workspaceId: string,
  memberId: string,
  roleId: string,
  actor?: Actor,
): Promise<Role> =>
  changingWorkspace(pool, workspaceId, async (client, { schemaName }) => {
    await lockMembers(client, workspaceId)
    await requireFlag(client, workspaceId, actor, 'ROLES')
    if (actor?.workspaceMemberId != null && actor.workspaceMemberId === memberId)
      throw new PermissionRefusal('CANNOT_UPDATE_SELF_ROLE', 'Cannot update self role')
    await checkMember(client, schemaName, memberId)
    const role = await lockRole(client, workspaceId, roleId)
    if (!role.canBeAssignedToUsers)
      throw new PermissionRefusal(
        'ROLE_CANNOT_BE_ASSIGNED_TO_USERS',
        `Role "${role.label}" cannot be assigned to users`,
      )
    const before = await roleOfMember(client, workspaceId, memberId)
    for (const each of [roleId, ...(before === null ? [] : [before])])
      await refuseStronger(client, actor, each)
    if (role.isEditable) {
      const [first, another] = await listAdministrators(client, workspaceId)
      if (first === memberId.toLowerCase() && another === undefined) throw lastAdmin()
    }
    await ensurePgRole(client, roleId)
    await client.query(
      `insert into tenantry.member_roles (workspace_id, workspace_member_id, role_id) values ($1, $2, $3)
       on conflict (workspace_id, workspace_member_id) do update set role_id = excluded.role_id, updated_at = now()`,
      [workspaceId, memberId, roleId],
    )
    const details = { workspaceMemberId: memberId, roleId, before }
    await auditCaller(client, actor, { action: 'member.role', workspaceId, details })
    return role
  })
