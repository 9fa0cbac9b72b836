// API keys. In: an owner's pool; out: rows of tenantry.api_keys and the roles they carry. A key is a row; the token that
// callers send is a signed statement that names the row and is never kept (gateway/auth/token.ts).

import type { Pool } from 'pg'
import { inTransaction } from '../sql/pool.ts'
import { checkedDisplayName } from './displayName.ts'
import { ensurePgRole } from './pgRole.ts'
import { Refusal } from './refusal.ts'
import { isUuid } from './uuid.ts'
import type { WorkspaceStatus } from './workspace.ts'

export interface Key {
  readonly id: string
  readonly workspaceId: string
  readonly roleId: string
  readonly roleLabel: string
  readonly name: string
  readonly expiresAt: Date
  readonly revokedAt: Date | null
  /** Tokens minted for another version are refused. */
  readonly tokenVersion: number
  readonly lastUsedAt: Date | null
  readonly createdAt: Date
}

export interface NewKey {
  readonly workspaceId: string
  readonly roleId: string
  readonly name: string
  readonly expiresAt: Date
}

/** What the gateway asks about a key: the key, its role and its workspace. */
export interface KeyGrant extends Key {
  /** The role of Postgres that the key's statements run under. */
  readonly pgRole: string | null
  readonly workspaceStatus: WorkspaceStatus
}

const COLUMNS = `k.id, k.workspace_id as "workspaceId", k.role_id as "roleId", r.label as "roleLabel", k.name,
  k.expires_at as "expiresAt", k.revoked_at as "revokedAt", k.token_version as "tokenVersion",
  k.last_used_at as "lastUsedAt", k.created_at as "createdAt"`

const checkExpiry = (expiresAt: Date, now: Date): Date => {
  if (expiresAt.getTime() > now.getTime()) return expiresAt
  throw new Refusal('INVALID_INPUT', 'A key must expire at a time in the future.')
}

/** @param now the clock, for tests. */
export const createKey = async (pool: Pool, wanted: NewKey, now: Date = new Date()): Promise<Key> => {
  const name = checkedDisplayName(wanted.name, 'A key')
  const expiresAt = checkExpiry(wanted.expiresAt, now)
  return inTransaction(pool, async (client) => {
    const role = await client.query('select from tenantry.roles where id = $1 and workspace_id = $2', [
      wanted.roleId,
      wanted.workspaceId,
    ])
    if (role.rowCount === 0)
      throw new Refusal('NOT_FOUND', `The workspace has no role ${wanted.roleId}, or does not exist.`)
    await ensurePgRole(client, wanted.roleId)
    const { rows } = await client.query<Key>(
      `with k as (
         insert into tenantry.api_keys (workspace_id, role_id, name, expires_at) values ($1, $2, $3, $4) returning *
       )
       select ${COLUMNS} from k join tenantry.roles r on r.id = k.role_id`,
      [wanted.workspaceId, wanted.roleId, name, expiresAt],
    )
    const [key] = rows
    if (key === undefined) throw new Error('A key was inserted but not returned.')
    return key
  })
}

/** Newest first, revoked ones too. */
export const listKeys = async (pool: Pool, workspaceId: string): Promise<readonly Key[]> => {
  const { rows } = await pool.query<Key>(
    `select ${COLUMNS} from tenantry.api_keys k join tenantry.roles r on r.id = k.role_id
     where k.workspace_id = $1 order by k.created_at desc, k.id desc`,
    [workspaceId],
  )
  return rows
}

/** The key stops working within moments on every gateway; revoking it again changes nothing. */
export const revokeKey = async (pool: Pool, keyId: string): Promise<Key> => {
  if (!isUuid(keyId)) throw new Refusal('INVALID_INPUT', `"${keyId}" is not the id of an API key.`)
  const { rows } = await pool.query<Key>(
    `with k as (
       update tenantry.api_keys set revoked_at = coalesce(revoked_at, now()), updated_at = now()
       where id = $1 returning *
     )
     select ${COLUMNS} from k join tenantry.roles r on r.id = k.role_id`,
    [keyId],
  )
  const [key] = rows
  if (key === undefined) throw new Refusal('NOT_FOUND', `There is no API key ${keyId}.`)
  return key
}

/** Everything that decides whether a key opens its workspace, in one query; null when there is no such key. */
export const findKeyGrant = async (pool: Pool, keyId: string): Promise<KeyGrant | null> => {
  const { rows } = await pool.query<KeyGrant>(
    `select ${COLUMNS}, r.pg_role as "pgRole", w.status as "workspaceStatus"
     from tenantry.api_keys k
     join tenantry.roles r on r.id = k.role_id
     join tenantry.workspaces w on w.id = k.workspace_id
     where k.id = $1`,
    [keyId],
  )
  return rows[0] ?? null
}

/** Notes that keys were used just now. */
export const markKeysUsed = async (pool: Pool, keyIds: readonly string[]): Promise<void> => {
  await pool.query('update tenantry.api_keys set last_used_at = now() where id = any ($1::uuid[])', [keyIds])
}
