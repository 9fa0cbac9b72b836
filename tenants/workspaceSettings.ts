// Settings that members of a workspace can change. Omitted settings stay; null resets one to its default.
// Permissions are checked by the caller.

import type { ClientBase, Pool } from 'pg'
import type { Connection } from '../sql/ownerPool.ts'
import { auditCaller } from './auditCaller.ts'
import { checkedDisplayName } from './displayName.ts'
import { lastAdmin, listAdministrators, lockMembers } from './member/member.ts'
import { COUNT_MODES, type CountMode, countModeOf, isCountMode } from './model/countMode.ts'
import { type Actor, refuseStronger, requireFlag } from './permission/actor.ts'
import type { PermissionFlag } from './permission/flag.ts'
import { refuseLockOut } from './permission/networks.ts'
import { PermissionRefusal } from './permission/refusal.ts'
import { defaultRoleId, listRoles, type Role } from './permission/role.ts'
import { Refusal } from './refusal.ts'
import { isSubdomain } from './subdomain.ts'
import { isUuid } from './uuid.ts'
import { commentOnSchema, type WorkspaceStatus } from './workspace.ts'
import { changingWorkspace } from './workspaceLock.ts'

type Nullable<T> = T | null | undefined

/** A change: unchecked values from the client. */
export interface WorkspaceSettings {
  readonly displayName?: Nullable<string>
  readonly subdomain?: Nullable<string>
  readonly logo?: Nullable<string>
  readonly defaultRoleId?: Nullable<string>
  readonly trashRetentionDays?: Nullable<number>
  readonly eventLogRetentionDays?: Nullable<number>
  readonly maxBatchRecords?: Nullable<number>
  readonly restMetadataFormat?: Nullable<string>
  /** How the totals of lists are found. */
  readonly countMode?: Nullable<string>
  /** Whether changes are logged; null: as the gateway is set to. */
  readonly capture?: Nullable<boolean>
  /** Whether the history of records is kept. */
  readonly history?: Nullable<boolean>
  /** Whether operators may act as a member. */
  readonly allowImpersonation?: Nullable<boolean>
}

export interface EditableWorkspace {
  readonly id: string
  readonly displayName: string
  readonly subdomain: string
  readonly schemaName: string
  readonly version: number
  readonly status: WorkspaceStatus
  readonly createdAt: Date
  readonly updatedAt: Date
  /** The role of members without one. */
  readonly defaultRole: Role | null
  readonly settings: {
    readonly logo?: string
    readonly trashRetentionDays: number
    readonly eventLogRetentionDays: number
    readonly maxBatchRecords?: number
    readonly restMetadataFormat: string
    readonly countMode: string
    readonly capture?: boolean
    readonly history: boolean
    readonly allowImpersonation: boolean
  }
}

interface Row extends Omit<EditableWorkspace, 'defaultRole' | 'settings'> {
  readonly settings: Partial<EditableWorkspace['settings']> & { readonly defaultRoleId?: string }
}

export const DEFAULT_SETTINGS = {
  trashRetentionDays: 14,
  eventLogRetentionDays: 90,
  restMetadataFormat: 'legacy',
  countMode: 'exact',
  history: false,
  allowImpersonation: false,
}
const DEFAULT_ROLE = 'Member'
const UNIQUE_VIOLATION = '23505'

const COLUMNS = `id, name as "displayName", subdomain, schema_name as "schemaName", version::float8 as version, status,
  settings, created_at as "createdAt", updated_at as "updatedAt"`

const isInteger = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max

/** Settings stored together as JSON: a check of the value, and a description of valid values. */
const CHECKS = {
  logo: [
    (value) => typeof value === 'string' && value.length <= 2048,
    'an address of at most 2048 characters',
  ],
  defaultRoleId: [(value) => typeof value === 'string' && isUuid(value), 'the id of a role'],
  trashRetentionDays: [(value) => isInteger(value, 0, 36_500), 'a whole number from 0 to 36500'],
  eventLogRetentionDays: [(value) => isInteger(value, 30, 1095), 'a whole number from 30 to 1095'],
  maxBatchRecords: [(value) => isInteger(value, 1, 200), 'a whole number from 1 to 200'],
  restMetadataFormat: [(value) => value === 'legacy' || value === 'flat', '"legacy" or "flat"'],
  countMode: [isCountMode, '"exact", "estimated" or "none"'],
  capture: [(value) => typeof value === 'boolean', 'true or false'],
  history: [(value) => typeof value === 'boolean', 'true or false'],
  allowImpersonation: [(value) => typeof value === 'boolean', 'true or false'],
} as const satisfies Readonly<Record<string, readonly [holds: (value: unknown) => boolean, expected: string]>>

const checkedSettings = (change: WorkspaceSettings): Readonly<Record<string, unknown>> => {
  const named = new Map<string, unknown>(Object.entries(change))
  const settings = Object.entries(CHECKS).filter(([name]) => named.get(name) !== undefined)
  for (const [name, [holds, expected]] of settings) {
    const value = named.get(name)
    if (value !== null && !holds(value))
      throw new Refusal('INVALID_INPUT', `"${name}" must be ${expected}, got ${JSON.stringify(value)}`)
  }
  return Object.fromEntries(settings.map(([name]) => [name, named.get(name)]))
}

const checkedSubdomain = (subdomain: string): string => {
  if (isSubdomain(subdomain)) return subdomain
  throw new Refusal('INVALID_INPUT', 'Subdomain is not valid', {
    hint: 'Use 1 to 30 lower-case letters, digits and hyphens, a letter or digit at both ends.',
  })
}

const complete = ({ settings, ...row }: Row, roles: readonly Role[]): EditableWorkspace => {
  const { defaultRoleId, ...kept } = settings
  const defaultRole =
    roles.find(({ id }) => id === defaultRoleId) ?? roles.find(({ label }) => label === DEFAULT_ROLE) ?? null
  return { ...row, defaultRole, settings: { ...DEFAULT_SETTINGS, ...kept } }
}

const gone = (workspaceId: string): Refusal =>
  new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)

export const findEditableWorkspace = async (pool: Pool, workspaceId: string): Promise<EditableWorkspace> => {
  const { rows } = await pool.query<Row>(`select ${COLUMNS} from tenantry.workspaces where id = $1`, [
    workspaceId,
  ])
  const [row] = rows
  if (row === undefined) throw gone(workspaceId)
  return complete(row, await listRoles(pool, workspaceId))
}

const checkRole = async (client: ClientBase, workspaceId: string, roleId: string): Promise<void> => {
  const role = (await listRoles(client, workspaceId)).find(({ id }) => id === roleId)
  if (role === undefined) throw new Refusal('NOT_FOUND', 'Default role not found')
  if (!role.canBeAssignedToUsers)
    throw new PermissionRefusal(
      'ROLE_CANNOT_BE_ASSIGNED_TO_USERS',
      `Role "${role.label}" cannot be assigned to users`,
    )
}

/** The permission flag to change each setting; WORKSPACE by default. */
const FLAGS: Partial<Readonly<Record<keyof WorkspaceSettings, PermissionFlag>>> = {
  defaultRoleId: 'ROLES',
  eventLogRetentionDays: 'SECURITY',
  capture: 'DATA_MODEL',
  history: 'DATA_MODEL',
  allowImpersonation: 'SECURITY',
}

const flagsFor = (change: WorkspaceSettings): ReadonlySet<PermissionFlag> => {
  const named = new Map<string, PermissionFlag>(Object.entries(FLAGS))
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  return new Set(given.map(([name]) => named.get(name) ?? 'WORKSPACE'))
}

/** Members without a role of their own have the default: changing it may remove the last administrator. */
const administratorsBefore = async (
  client: ClientBase,
  workspaceId: string,
  { defaultRoleId: given }: WorkspaceSettings,
): Promise<readonly string[]> => {
  if (given === undefined) return []
  await lockMembers(client, workspaceId)
  return listAdministrators(client, workspaceId)
}

const write = (
  pool: Pool,
  workspaceId: string,
  change: WorkspaceSettings,
  actor: Actor | undefined,
): Promise<void> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    for (const flag of flagsFor(change)) await requireFlag(client, workspaceId, actor, flag)
    if (change.defaultRoleId != null) await checkRole(client, workspaceId, change.defaultRoleId)
    const { displayName, subdomain } = change
    const name = displayName == null ? null : checkedDisplayName(displayName, 'A workspace')
    const admins = await administratorsBefore(client, workspaceId, change)
    const { rows } = await client.query<{ schemaName: string }>(
      `update tenantry.workspaces set name = coalesce($2, name), subdomain = coalesce($3, subdomain),
         settings = jsonb_strip_nulls(settings || $4::jsonb) || case
           when coalesce(($4::jsonb ->> 'history')::boolean, false) and not coalesce((settings ->> 'history')::boolean, false)
           then jsonb_build_object('historySince', now()) else '{}' end, updated_at = now()
       where id = $1 returning schema_name as "schemaName"`,
      [
        workspaceId,
        name,
        subdomain == null ? null : checkedSubdomain(subdomain),
        JSON.stringify(checkedSettings(change)),
      ],
    )
    const [row] = rows
    if (row === undefined) throw gone(workspaceId)
    if (name !== null) await client.query(commentOnSchema(row.schemaName, name))
    // Members without a role of their own have the default, so choosing it assigns it to them.
    const role = change.defaultRoleId === undefined ? null : await defaultRoleId(client, workspaceId)
    if (role !== null) await refuseStronger(client, actor, role)
    if (role !== null) await refuseLockOut(client, workspaceId, actor)
    if (admins.length > 0 && (await listAdministrators(client, workspaceId)).length === 0) throw lastAdmin()
    await auditCaller(client, actor, { action: 'workspace.update', workspaceId, details: { ...change } })
  })

const isSubdomainTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION

/**
 * One transaction, announced to the gateways. Throws Refusal.
 * @param actor the caller; absent for the operator.
 */
export const updateWorkspaceSettings = async (
  pool: Pool,
  workspaceId: string,
  change: WorkspaceSettings,
  actor?: Actor,
): Promise<EditableWorkspace> => {
  try {
    await write(pool, workspaceId, change, actor)
  } catch (error) {
    if (!isSubdomainTaken(error)) throw error
    throw new Refusal('CONFLICT', 'Subdomain already taken', { cause: error, hint: 'Choose another one.' })
  }
  return findEditableWorkspace(pool, workspaceId)
}

const modeIn = async (connection: Connection, sql: string, values: unknown[]): Promise<CountMode> => {
  const { rows } = await connection.query<{ settings: Record<string, unknown> }>(sql, values)
  const [row] = rows
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no workspace ${values[0]}.`)
  return countModeOf(row.settings)
}

export const readCountMode = (connection: Connection, workspaceId: string): Promise<CountMode> =>
  modeIn(connection, 'select settings from tenantry.workspaces where id = $1', [workspaceId])

/**
 * Announced to every gateway. Throws Refusal.
 * @param mode null: the default
 */
export const setCountMode = (
  connection: Connection,
  workspaceId: string,
  mode: unknown,
): Promise<CountMode> => {
  if (mode !== null && !isCountMode(mode))
    throw new Refusal('INVALID_INPUT', `"countMode" must be one of ${COUNT_MODES.join(', ')}, or null`)
  return modeIn(
    connection,
    `update tenantry.workspaces set settings = (settings - 'countMode') || $2::jsonb, updated_at = now()
     where id = $1 returning settings`,
    [workspaceId, mode === null ? {} : { countMode: mode }],
  )
}
