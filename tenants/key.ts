// API keys: rows of tenantry.api_keys, each with a role. The token that callers send is a signed statement
// that names the row; tokens are never stored (gateway/auth/token.ts).

import type { ClientBase, Pool } from 'pg'
import type { Connection } from '../sql/ownerPool.ts'
import { auditCaller } from './auditCaller.ts'
import { checkedDisplayName } from './displayName.ts'
import { type ListPage, type PageRequest, readAllPages, readPage } from './listPage.ts'
import { type Actor, refuseStronger, requireFlag } from './permission/actor.ts'
import { checkedNetworks } from './permission/networks.ts'
import { ensurePgRole } from './permission/pgRole.ts'
import { PermissionRefusal } from './permission/refusal.ts'
import { lockRole } from './permission/role.ts'
import { Refusal } from './refusal.ts'
import { isUuid } from './uuid.ts'
import type { WorkspaceStatus } from './workspace.ts'
import { changingWorkspace } from './workspaceLock.ts'

export interface Key {
  readonly id: string
  readonly workspaceId: string
  readonly roleId: string
  readonly roleLabel: string
  readonly name: string
  /** Prefix of the id, which every token of the key contains: identifies keys at a glance. */
  readonly prefix: string
  readonly expiresAt: Date
  readonly revokedAt: Date | null
  /** Tokens issued for another version are refused. */
  readonly tokenVersion: number
  readonly lastUsedAt: Date | null
  /** Requests a minute, if the key has a limit of its own. */
  readonly rateLimitPerMinute: number | null
  /** Networks that it may be used from; empty: everywhere. */
  readonly networks: readonly string[]
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface NewKey {
  readonly workspaceId: string
  readonly roleId: string
  readonly name: string
  readonly expiresAt: Date
  readonly rateLimitPerMinute?: number | null
  readonly networks?: readonly string[]
}

/** What the gateway needs to authenticate a key: the key, its role and its workspace. */
export interface KeyGrant extends Key {
  /** The Postgres role that the key's statements run under. */
  readonly pgRole: string | null
  readonly workspaceStatus: WorkspaceStatus
  readonly workspaceSettings: Readonly<Record<string, unknown>>
  readonly canUpdateAllSettings: boolean
  readonly canAccessAllTools: boolean
  readonly flags: readonly string[]
  readonly roleNetworks: readonly string[]
}

export const KEY_COLUMNS = `k.id, k.workspace_id as "workspaceId", k.role_id as "roleId", r.label as "roleLabel", k.name,
  k.expires_at as "expiresAt", k.revoked_at as "revokedAt", k.token_version as "tokenVersion",
  left(k.id::text, 13) as prefix, k.last_used_at as "lastUsedAt", k.rate_limit_per_minute as "rateLimitPerMinute",
  k.networks::text[] as networks, k.created_at as "createdAt", k.updated_at as "updatedAt"`

const MAX_RATE_LIMIT = 1_000_000

export const checkRate = (limit: number | null | undefined): void => {
  if (limit == null || (Number.isInteger(limit) && limit >= 1 && limit <= MAX_RATE_LIMIT)) return
  throw new Refusal(
    'INVALID_INPUT',
    `A key's limit must be an integer from 1 to ${MAX_RATE_LIMIT} requests a minute.`,
  )
}

/** The last moment whose year ISO 8601, Postgres and JavaScript all write with four digits. */
const LATEST_EXPIRY = new Date('9999-12-31T23:59:59.999Z')

/** An expiry in the past is certainly a mistake: such a key could never be used. */
export const checkExpiry = (expiresAt: Date, now: Date): void => {
  if (Number.isNaN(expiresAt.getTime())) throw new Refusal('INVALID_INPUT', 'expiresAt is not a date.')
  if (expiresAt > LATEST_EXPIRY) throw new Refusal('INVALID_INPUT', 'expiresAt is after the year 9999.')
  if (expiresAt <= now)
    throw new Refusal('INVALID_INPUT', `expiresAt must be in the future, not at ${expiresAt.toISOString()}.`)
}

/**
 * The role in Postgres, if keys may carry the role and this actor may assign it.
 * @param client of a `changingWorkspace`
 */
export const checkAssignable = async (
  client: ClientBase,
  workspaceId: string,
  roleId: string,
  actor: Actor | undefined,
): Promise<void> => {
  const role = await lockRole(client, workspaceId, roleId)
  if (!role.canBeAssignedToApiKeys)
    throw new PermissionRefusal(
      'ROLE_CANNOT_BE_ASSIGNED_TO_API_KEYS',
      `Role "${role.label}" cannot be assigned to API keys`,
    )
  await refuseStronger(client, actor, roleId)
  await ensurePgRole(client, roleId)
}

/** @param actor the caller; absent for the operator. */
export const createKey = async (
  pool: Pool,
  wanted: NewKey,
  actor?: Actor,
  now: Date = new Date(),
): Promise<Key> => {
  const name = checkedDisplayName(wanted.name, 'A key')
  const { workspaceId, roleId, expiresAt, rateLimitPerMinute = null } = wanted
  const networks = checkedNetworks(wanted.networks ?? [])
  checkRate(rateLimitPerMinute)
  checkExpiry(expiresAt, now)
  return changingWorkspace(pool, workspaceId, async (client) => {
    await requireFlag(client, workspaceId, actor, 'API_KEYS_AND_WEBHOOKS')
    await checkAssignable(client, workspaceId, roleId, actor)
    const { rows } = await client.query<Key>(
      `with k as (
         insert into tenantry.api_keys (workspace_id, role_id, name, expires_at, rate_limit_per_minute, networks)
         values ($1, $2, $3, $4, $5, $6) returning *
       )
       select ${KEY_COLUMNS} from k join tenantry.roles r on r.id = k.role_id`,
      [workspaceId, roleId, name, expiresAt, rateLimitPerMinute, networks],
    )
    const [key] = rows
    if (key === undefined) throw new Error('A key was inserted but not returned.')
    const details = { keyId: key.id, name, roleId, expiresAt, rateLimitPerMinute, networks: key.networks }
    await auditCaller(client, actor, { action: 'apiKey.create', workspaceId, details })
    return key
  })
}

export interface KeyPageRequest extends PageRequest {
  readonly includesRevoked: boolean
}

/** Newest first. */
export const pageOfKeys = (
  connection: Connection,
  workspaceId: string,
  { includesRevoked, ...page }: KeyPageRequest,
): Promise<ListPage<Key>> =>
  readPage(
    connection,
    {
      columns: KEY_COLUMNS,
      from: 'tenantry.api_keys k join tenantry.roles r on r.id = k.role_id',
      where: `k.workspace_id = $1${includesRevoked ? '' : ' and k.revoked_at is null'}`,
      values: [workspaceId],
      id: 'k.id',
      words: 'tenantry.words_of(k.name)',
      isNewestFirst: true,
    },
    page,
  )

/** All keys, newest first, including revoked ones. */
export const listKeys = (connection: Connection, workspaceId: string): Promise<readonly Key[]> =>
  readAllPages((page) => pageOfKeys(connection, workspaceId, { ...page, includesRevoked: true }))

/** The key stops working within moments on every gateway; revoking it again changes nothing. */
export const revokeKey = async (pool: Pool, keyId: string): Promise<Key> => {
  if (!isUuid(keyId)) throw new Refusal('INVALID_INPUT', `"${keyId}" is not the id of an API key.`)
  const { rows } = await pool.query<Key>(
    `with k as (
       update tenantry.api_keys set revoked_at = coalesce(revoked_at, now()), updated_at = now()
       where id = $1 returning *
     )
     select ${KEY_COLUMNS} from k join tenantry.roles r on r.id = k.role_id`,
    [keyId],
  )
  const [key] = rows
  if (key === undefined) throw new Refusal('NOT_FOUND', `There is no API key ${keyId}.`)
  return key
}

/**
 * Everything that decides whether keys grant access to their workspaces, by id, in one query; keys that do
 * not exist are missing.
 */
export const findKeyGrants = async (
  pool: Pool,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, KeyGrant>> => {
  const { rows } = await pool.query<KeyGrant>({
    name: 'tenantry_key_grants',
    text: `select ${KEY_COLUMNS}, r.pg_role as "pgRole", w.status as "workspaceStatus",
       w.settings as "workspaceSettings", r.can_update_all_settings as "canUpdateAllSettings", r.can_access_all_tools as "canAccessAllTools", r.flags,
       r.networks::text[] as "roleNetworks"
     from tenantry.api_keys k
     join tenantry.roles r on r.id = k.role_id
     join tenantry.workspaces w on w.id = k.workspace_id and w.deleted_at is null
     where k.id = any ($1::uuid[])`,
    values: [keyIds],
  })
  return new Map(rows.map((grant) => [grant.id, grant]))
}

/** Null: there is no such key. */
export const findKeyGrant = async (pool: Pool, keyId: string): Promise<KeyGrant | null> =>
  (await findKeyGrants(pool, [keyId])).get(keyId) ?? null

/** Records that keys were used just now. */
export const markKeysUsed = async (pool: Pool, keyIds: readonly string[]): Promise<void> => {
  await pool.query('update tenantry.api_keys set last_used_at = now() where id = any ($1::uuid[])', [keyIds])
}
