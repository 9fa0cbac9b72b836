// Roles of a workspace: rows of tenantry.roles, applied to Postgres in the same transaction.

import type { ClientBase, Pool } from 'pg'
import type { Connection } from '../../sql/ownerPool.ts'
import { auditCaller } from '../auditCaller.ts'
import { type ListPage, type PageRequest, readPage } from '../listPage.ts'
import { Refusal } from '../refusal.ts'
import { isUuid } from '../uuid.ts'
import { lockWorkspace } from '../workspaceLock.ts'
import { type Actor, refuseOwnRole, refuseStronger, requireFlag } from './actor.ts'
import { applyRole } from './apply.ts'
import { changeRoles } from './changeRoles.ts'
import { checkedNetworks, networkChange } from './networks.ts'
import { PermissionRefusal } from './refusal.ts'

/** General rights of a role, and to whom it may be assigned. */
interface RoleSwitches {
  readonly canUpdateAllSettings: boolean
  readonly canAccessAllTools: boolean
  readonly canReadAllObjectRecords: boolean
  readonly canUpdateAllObjectRecords: boolean
  /** Null: inherited from updating. */
  readonly canCreateAllObjectRecords: boolean | null
  readonly canSoftDeleteAllObjectRecords: boolean
  readonly canDestroyAllObjectRecords: boolean
  readonly canBeAssignedToUsers: boolean
  readonly canBeAssignedToAgents: boolean
  readonly canBeAssignedToApiKeys: boolean
  /** Fields without a field permission are hidden. */
  readonly listsFields: boolean
}

export interface Role extends RoleSwitches {
  readonly id: string
  readonly workspaceId: string
  readonly label: string
  readonly description: string | null
  readonly icon: string | null
  /** Null until the role is first assigned. */
  readonly pgRole: string | null
  readonly isEditable: boolean
  readonly flags: readonly string[]
  /** Networks that the role may be used from; empty: everywhere. */
  readonly networks: readonly string[]
}

export interface RoleInput extends Partial<RoleSwitches> {
  readonly id?: string
  readonly label: string
  readonly description?: string | null
  readonly icon?: string | null
  readonly networks?: readonly string[]
}

const SWITCHES = {
  canUpdateAllSettings: 'can_update_all_settings',
  canAccessAllTools: 'can_access_all_tools',
  canReadAllObjectRecords: 'can_read_all_object_records',
  canUpdateAllObjectRecords: 'can_update_all_object_records',
  canCreateAllObjectRecords: 'can_create_all_object_records',
  canSoftDeleteAllObjectRecords: 'can_soft_delete_all_object_records',
  canDestroyAllObjectRecords: 'can_destroy_all_object_records',
  canBeAssignedToUsers: 'can_be_assigned_to_users',
  canBeAssignedToAgents: 'can_be_assigned_to_agents',
  canBeAssignedToApiKeys: 'can_be_assigned_to_api_keys',
  listsFields: 'lists_fields',
} as const satisfies Record<keyof RoleSwitches, string>

const WRITABLE: Readonly<Record<string, string>> = {
  label: 'label',
  description: 'description',
  icon: 'icon',
  networks: 'networks',
  ...SWITCHES,
}

const COLUMNS = `id, workspace_id as "workspaceId", label, description, icon, pg_role as "pgRole", is_editable as "isEditable",
  flags, networks::text[] as networks, ${Object.entries(SWITCHES)
    .map(([name, column]) => `${column} as "${name}"`)
    .join(', ')}`

const UNIQUE_VIOLATION = '23505'
const CHECK_VIOLATION = '23514'
const MAX_LABEL_LENGTH = 100

/** The roles that every workspace starts with. */
export const insertDefaultRoles = async (client: ClientBase, workspaceId: string): Promise<void> => {
  await client.query(
    `insert into tenantry.roles (workspace_id, label, description, icon, is_editable, can_update_all_settings,
       can_access_all_tools, can_read_all_object_records, can_update_all_object_records,
       can_soft_delete_all_object_records, can_destroy_all_object_records) values
       ($1, 'Admin', 'May do everything', 'IconUserCog', false, true, true, true, true, true, true),
       ($1, 'Member', 'Works with all records', 'IconUser', true, false, true, true, true, true, true),
       ($1, 'Guest', 'Reads all records', 'IconUserQuestion', true, false, false, true, false, false, false)`,
    [workspaceId],
  )
}

export const listRoles = async (
  connection: ClientBase | Pool,
  workspaceId: string,
): Promise<readonly Role[]> => {
  const { rows } = await connection.query<Role>(
    `select ${COLUMNS} from tenantry.roles where workspace_id = $1 order by created_at, id`,
    [workspaceId],
  )
  return rows
}

/** In the order of their ids. Searches the label. @param isForKeys only roles that API keys can have */
export const pageOfRoles = (
  connection: Connection,
  workspaceId: string,
  { isForKeys = false, ...page }: PageRequest & { readonly isForKeys?: boolean },
): Promise<ListPage<Role>> =>
  readPage(
    connection,
    {
      columns: COLUMNS,
      from: 'tenantry.roles',
      where: `workspace_id = $1${isForKeys ? ' and can_be_assigned_to_api_keys' : ''}`,
      values: [workspaceId],
      id: 'id',
      words: 'tenantry.words_of(label)',
    },
    page,
  )

/** A workspace's role by its label, case-insensitive if only one matches. */
export const findRole = async (
  connection: ClientBase | Pool,
  workspaceId: string,
  label: string,
): Promise<Role> => {
  const roles = await listRoles(connection, workspaceId)
  const alike = roles.filter((role) => role.label.toLowerCase() === label.toLowerCase())
  const found = roles.find((role) => role.label === label) ?? (alike.length === 1 ? alike[0] : undefined)
  if (found !== undefined) return found
  throw new Refusal('NOT_FOUND', `The workspace has no role "${label}".`, {
    hint: `Its roles are ${roles.map((role) => role.label).join(', ')}.`,
  })
}

/** The role of members without a role of their own. */
export const defaultRoleId = async (
  connection: ClientBase | Pool,
  workspaceId: string,
): Promise<string | null> => {
  const { rows } = await connection.query<{ id: string }>(
    `select r.id from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id
     where w.id = $1 and (r.id::text = w.settings ->> 'defaultRoleId' or r.label = 'Member')
     order by r.id::text = w.settings ->> 'defaultRoleId' desc nulls last limit 1`,
    [workspaceId],
  )
  return rows[0]?.id ?? null
}

/** Locks the role, so that its changes run one after the other. */
export const lockRole = async (client: ClientBase, workspaceId: string, roleId: string): Promise<Role> => {
  if (isUuid(roleId)) {
    const { rows } = await client.query<Role>(
      `select ${COLUMNS} from tenantry.roles where id = $1 and workspace_id = $2 for update`,
      [roleId, workspaceId],
    )
    if (rows[0] !== undefined) return rows[0]
  }
  throw new PermissionRefusal('ROLE_NOT_FOUND', `Role with id ${roleId} not found`)
}

/**
 * An editable role, if this actor may edit it. Changes of one workspace run one after the other, including
 * those of its model: Postgres does not let two transactions grant on one table at the same time (XX000,
 * "tuple concurrently updated").
 */
export const lockEditableRole = async (
  client: ClientBase,
  workspaceId: string,
  actor: Actor | undefined,
  roleId: string,
): Promise<Role> => {
  await requireFlag(client, workspaceId, actor, 'ROLES')
  await lockWorkspace(client, workspaceId)
  const role = await lockRole(client, workspaceId, roleId)
  if (!role.isEditable)
    throw new PermissionRefusal('ROLE_NOT_EDITABLE', 'Role is not editable', {
      hint: 'Admin keeps all permissions and is bound to no networks, so that administrators can always sign in.',
    })
  refuseOwnRole(actor, roleId)
  await refuseStronger(client, actor, roleId)
  return role
}

const translated = (error: unknown): unknown => {
  if (!(error instanceof Error && 'code' in error)) return error
  const options = { cause: error }
  if (error.code === UNIQUE_VIOLATION)
    return 'constraint' in error && error.constraint === 'roles_pkey'
      ? new Refusal('CONFLICT', 'A role with this id already exists', options)
      : new PermissionRefusal('ROLE_LABEL_ALREADY_EXISTS', 'A role with this label already exists', options)
  if (error.code === CHECK_VIOLATION)
    return new PermissionRefusal(
      'CANNOT_GIVE_WRITING_PERMISSION_WITHOUT_READING_PERMISSION',
      'Cannot give writing permission without reading permission',
      options,
    )
  return error
}

const write = async (client: ClientBase, text: string, values: readonly unknown[]): Promise<Role> => {
  try {
    const { rows } = await client.query<Role>(text, [...values])
    const [role] = rows
    if (role === undefined) throw new Error('A role was written but not returned.')
    return role
  } catch (error) {
    throw translated(error)
  }
}

const assignmentsOf = ({ networks, ...input }: Partial<RoleInput>): readonly (readonly [string, unknown])[] =>
  Object.entries({
    ...input,
    ...(networks === undefined ? {} : { networks: checkedNetworks(networks) }),
  }).flatMap(([name, value]) => {
    const column = WRITABLE[name]
    if (column === undefined || value === undefined) return []
    if (typeof value === 'string' && value.includes('\0'))
      throw new Refusal('INVALID_INPUT', `A role's ${name} cannot contain the character NUL.`)
    if (name !== 'label') return [[column, value] as const]
    const label = String(value).trim()
    const { length } = [...label]
    if (length >= 1 && length <= MAX_LABEL_LENGTH) return [[column, label] as const]
    throw new Refusal('INVALID_INPUT', `A role's label must have 1 to ${MAX_LABEL_LENGTH} characters.`)
  })

const checkTargets = (role: Role): void => {
  if (role.canBeAssignedToUsers || role.canBeAssignedToAgents || role.canBeAssignedToApiKeys) return
  throw new PermissionRefusal(
    'ROLE_MUST_HAVE_AT_LEAST_ONE_TARGET',
    'Role must be assignable to at least one target type',
  )
}

export const createRole = (pool: Pool, workspaceId: string, input: RoleInput, actor?: Actor): Promise<Role> =>
  changeRoles(pool, workspaceId, async (client) => {
    await requireFlag(client, workspaceId, actor, 'ROLES')
    if (input.id !== undefined && !isUuid(input.id))
      throw new Refusal('INVALID_INPUT', `"${input.id}" is not a UUID.`)
    const given = [
      ['workspace_id', workspaceId] as const,
      ...(input.id === undefined ? [] : [['id', input.id] as const]),
      ...assignmentsOf(input),
    ]
    const role = await write(
      client,
      `insert into tenantry.roles (${given.map(([column]) => column).join(', ')})
       values (${given.map((_, index) => `$${index + 1}`).join(', ')}) returning ${COLUMNS}`,
      given.map(([, value]) => value),
    )
    checkTargets(role)
    await refuseStronger(client, actor, role.id)
    const details = { roleId: role.id, ...input, networks: role.networks }
    await auditCaller(client, actor, { action: 'role.create', workspaceId, details })
    return role
  })

/** An implicit default is found by its label, which is about to change. */
const keepDefault = async (client: ClientBase, workspaceId: string, roleId: string): Promise<void> => {
  await client.query(
    `update tenantry.workspaces set settings = settings || jsonb_build_object('defaultRoleId', $2::text) where id = $1`,
    [workspaceId, roleId],
  )
}

export const updateRole = (
  pool: Pool,
  workspaceId: string,
  roleId: string,
  update: Partial<RoleInput>,
  actor?: Actor,
): Promise<Role> =>
  changeRoles(pool, workspaceId, async (client) => {
    const before = await lockEditableRole(client, workspaceId, actor, roleId)
    const given = assignmentsOf(update)
    if (given.length === 0) return before
    const isDefault = (await defaultRoleId(client, workspaceId)) === roleId
    const sets = given.map(([column], index) => `${column} = $${index + 2}`)
    const role = await write(
      client,
      `update tenantry.roles set ${sets.join(', ')}, updated_at = now() where id = $1 returning ${COLUMNS}`,
      [roleId, ...given.map(([, value]) => value)],
    )
    checkTargets(role)
    await refuseStronger(client, actor, roleId)
    if (isDefault && role.label !== before.label) await keepDefault(client, workspaceId, roleId)
    await applyRole(client, roleId)
    const details = { roleId, ...update, ...networkChange(update.networks, before.networks, role.networks) }
    await auditCaller(client, actor, { action: 'role.update', workspaceId, details })
    return role
  })
