// Changes of existing API keys, each in one transaction and announced to every gateway. An actor can manage
// keys whose role does not exceed their own.

import type { ClientBase, Pool } from 'pg'
import { auditCaller, type CallerAction } from './auditCaller.ts'
import { checkedDisplayName } from './displayName.ts'
import { checkAssignable, checkExpiry, checkRate, KEY_COLUMNS, type Key } from './key.ts'
import { type Actor, refuseStronger, requireFlag } from './permission/actor.ts'
import { checkedNetworks, networkChange, refuseLockOut } from './permission/networks.ts'
import { PermissionRefusal } from './permission/refusal.ts'
import { Refusal } from './refusal.ts'
import { isUuid } from './uuid.ts'
import { changingWorkspace } from './workspaceLock.ts'

interface KeyUpdate {
  readonly name?: string
  readonly expiresAt?: Date
  /** Null un-revokes. */
  readonly revokedAt?: Date | null
  readonly rateLimitPerMinute?: number | null
  readonly roleId?: string
  readonly networks?: readonly string[]
}

/** The audit entry; null if nothing changed. */
type Done = Pick<CallerAction, 'action' | 'details'> | null

export const keyNotFound = (keyId: string): PermissionRefusal =>
  new PermissionRefusal('API_KEY_NOT_FOUND', `API Key with id ${keyId} not found`)

const readKey = async (
  connection: ClientBase | Pool,
  workspaceId: string,
  keyId: string,
  lock: '' | 'for update of k',
): Promise<Key> => {
  if (!isUuid(keyId)) throw keyNotFound(keyId)
  const { rows } = await connection.query<Key>(
    `select ${KEY_COLUMNS} from tenantry.api_keys k join tenantry.roles r on r.id = k.role_id
     where k.id = $1 and k.workspace_id = $2 ${lock}`,
    [keyId, workspaceId],
  )
  const [key] = rows
  if (key === undefined) throw keyNotFound(keyId)
  return key
}

export const findKey = (pool: Pool, workspaceId: string, keyId: string): Promise<Key> =>
  readKey(pool, workspaceId, keyId, '')

/**
 * Runs the change on the locked key, if the actor may manage it. The callback gets the key before the change
 * and its id.
 */
const withKey = <T>(
  pool: Pool,
  workspaceId: string,
  keyId: string,
  actor: Actor | undefined,
  work: (client: ClientBase, key: Key) => Promise<T>,
): Promise<T> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    await requireFlag(client, workspaceId, actor, 'API_KEYS_AND_WEBHOOKS')
    const key = await readKey(client, workspaceId, keyId, 'for update of k')
    await refuseStronger(client, actor, key.roleId)
    return work(client, key)
  })

const changeKey = (
  pool: Pool,
  workspaceId: string,
  keyId: string,
  actor: Actor | undefined,
  change: (client: ClientBase, key: Key) => Promise<Done>,
): Promise<Key> =>
  withKey(pool, workspaceId, keyId, actor, async (client, key) => {
    const done = await change(client, key)
    if (done === null) return key
    const { action, details } = done
    await auditCaller(client, actor, { action, workspaceId, details: { keyId, ...details } })
    return readKey(client, workspaceId, keyId, '')
  })

export const updateKey = (
  pool: Pool,
  workspaceId: string,
  keyId: string,
  update: KeyUpdate,
  actor?: Actor,
  now: Date = new Date(),
): Promise<Key> =>
  changeKey(pool, workspaceId, keyId, actor, async (client, key) => {
    checkRate(update.rateLimitPerMinute)
    // A client that sends back what it has read may repeat an expiry in the past.
    if (update.expiresAt !== undefined && update.expiresAt.getTime() !== key.expiresAt.getTime())
      checkExpiry(update.expiresAt, now)
    if (update.revokedAt != null && update.revokedAt > now)
      throw new Refusal(
        'INVALID_INPUT',
        'revokedAt is in the future, but revoking takes effect immediately.',
        {
          hint: 'Set expiresAt instead.',
        },
      )
    const { roleId = key.roleId } = update
    if (roleId !== key.roleId) await checkAssignable(client, workspaceId, roleId, actor)
    const { rows } = await client.query<Pick<Key, 'networks'>>(
      `update tenantry.api_keys set name = $2, expires_at = $3, revoked_at = $4, rate_limit_per_minute = $5, role_id = $6,
         networks = $7, updated_at = now() where id = $1 returning networks::text[] as networks`,
      [
        keyId,
        update.name === undefined ? key.name : checkedDisplayName(update.name, 'A key'),
        update.expiresAt ?? key.expiresAt,
        update.revokedAt === undefined ? key.revokedAt : update.revokedAt,
        update.rateLimitPerMinute === undefined ? key.rateLimitPerMinute : update.rateLimitPerMinute,
        roleId,
        update.networks === undefined ? key.networks : checkedNetworks(update.networks),
      ],
    )
    // The key may be the caller's own.
    await refuseLockOut(client, workspaceId, actor)
    const networks = networkChange(update.networks, key.networks, rows[0]?.networks ?? [])
    return { action: 'apiKey.update', details: { ...update, ...networks } }
  })

/** Revoking again changes nothing, not even the time. */
export const revokeWorkspaceKey = (
  pool: Pool,
  workspaceId: string,
  keyId: string,
  actor?: Actor,
): Promise<Key> =>
  changeKey(pool, workspaceId, keyId, actor, async (client, key) => {
    if (key.revokedAt !== null) return null
    await client.query('update tenantry.api_keys set revoked_at = now(), updated_at = now() where id = $1', [
      keyId,
    ])
    return { action: 'apiKey.revoke', details: {} }
  })

/** The key with a new token version: tokens issued for it before stop working at once. */
export const regenerateKey = (
  pool: Pool,
  workspaceId: string,
  keyId: string,
  actor?: Actor,
  now: Date = new Date(),
): Promise<Key> =>
  changeKey(pool, workspaceId, keyId, actor, async (client, key) => {
    if (key.revokedAt !== null) throw new PermissionRefusal('API_KEY_REVOKED', 'This API Key is revoked')
    if (key.expiresAt <= now) throw new PermissionRefusal('API_KEY_EXPIRED', 'This API Key has expired')
    await client.query(
      'update tenantry.api_keys set token_version = token_version + 1, updated_at = now() where id = $1',
      [keyId],
    )
    return { action: 'apiKey.regenerate', details: {} }
  })

export const assignRoleToKey = (
  pool: Pool,
  workspaceId: string,
  keyId: string,
  roleId: string,
  actor?: Actor,
): Promise<Key> => updateKey(pool, workspaceId, keyId, { roleId }, actor)

/** @returns the key before the deletion. */
export const deleteKey = (pool: Pool, workspaceId: string, keyId: string, actor?: Actor): Promise<Key> =>
  withKey(pool, workspaceId, keyId, actor, async (client, key) => {
    await client.query('delete from tenantry.api_keys where id = $1', [keyId])
    const details = { keyId, name: key.name }
    await auditCaller(client, actor, { action: 'apiKey.delete', workspaceId, details })
    return key
  })
