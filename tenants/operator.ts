// Operators run the installation and stand above all workspaces. Rows of tenantry.operator_keys and
// tenantry.audit. A key's secret is random and shown once; only its SHA-256 is stored, which is enough for
// 256 random bits.

import { createHash, randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import type { Connection } from '../sql/ownerPool.ts'
import type { RequestSource } from './audit/source.ts'
import { checkedDisplayName } from './displayName.ts'
import { checkedNetworks } from './permission/networks.ts'
import { Refusal } from './refusal.ts'
import { isUuid } from './uuid.ts'

/** What a key may do at /admin. Nothing demands `keys` yet. */
export const OPERATOR_SCOPES = [
  'read',
  'provision',
  'limits',
  'sign-in',
  'drop',
  'keys',
  'events',
  'events:values',
  'statements',
] as const
export type OperatorScope = (typeof OPERATOR_SCOPES)[number]

/** Of keys for which no scopes are asked: values of records have to be asked for. */
const DEFAULT_SCOPES = OPERATOR_SCOPES.filter((scope) => scope !== 'events:values')

/** The operator's name. */
export interface Operator {
  /** Of the operator's key. */
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  /** Ids of the workspaces that the key reaches; null: all. */
  readonly workspaceIds: readonly string[] | null
  /** Networks that the key may be used from; empty: everywhere. */
  readonly networks: readonly string[]
  /** Of the request, for the audit log. */
  readonly source?: RequestSource | undefined
}

interface OperatorKey extends Operator {
  readonly expiresAt: Date | null
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
  readonly createdAt: Date
}

const OPERATOR_PREFIX = 'tenantry_operator_'
const SECRET_BYTES = 32

const COLUMNS = `id, name, scopes, workspace_ids as "workspaceIds", networks::text[] as networks, expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt",
  created_at as "createdAt"`

export const newSecret = (prefix: string): string => prefix + randomBytes(SECRET_BYTES).toString('base64url')
export const hashOfSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest()

const checkedScope = (name: string): OperatorScope => {
  const scope = OPERATOR_SCOPES.find((each) => each === name)
  if (scope !== undefined) return scope
  throw new Refusal('INVALID_INPUT', `There is no scope "${name.slice(0, 100)}".`, {
    hint: `There are: ${OPERATOR_SCOPES.join(', ')}.`,
  })
}

interface OperatorKeyOptions {
  /** By default all but `events:values`. */
  readonly scopes?: readonly string[] | undefined
  /** Null: never. */
  readonly expiresAt?: Date | null
  /** Null: all. */
  readonly workspaceIds?: readonly string[] | null
  readonly networks?: readonly string[]
}

export const createOperatorKey = async (
  pool: Pool,
  wantedName: string,
  { scopes = DEFAULT_SCOPES, expiresAt = null, workspaceIds = null, networks = [] }: OperatorKeyOptions = {},
): Promise<{ readonly key: OperatorKey; readonly secret: string }> => {
  const secret = newSecret(OPERATOR_PREFIX)
  const { rows } = await pool.query<OperatorKey>(
    `insert into tenantry.operator_keys (name, secret_hash, scopes, expires_at, workspace_ids, networks)
     values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
    [
      checkedDisplayName(wantedName, 'An operator key'),
      hashOfSecret(secret),
      [...new Set(scopes.map(checkedScope))],
      expiresAt,
      workspaceIds,
      checkedNetworks(networks),
    ],
  )
  const [key] = rows
  if (key === undefined) throw new Error('An operator key was inserted but not returned.')
  return { key, secret }
}

export const listOperatorKeys = async (pool: Pool): Promise<readonly OperatorKey[]> => {
  const { rows } = await pool.query<OperatorKey>(
    `select ${COLUMNS} from tenantry.operator_keys order by created_at desc, id desc`,
  )
  return rows
}

export const revokeOperatorKey = async (pool: Pool, keyId: string): Promise<OperatorKey> => {
  const { rows } = isUuid(keyId)
    ? await pool.query<OperatorKey>(
        `update tenantry.operator_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning ${COLUMNS}`,
        [keyId],
      )
    : { rows: [] }
  const [key] = rows
  if (key === undefined) throw new Refusal('NOT_FOUND', `There is no operator key ${keyId}.`)
  return key
}

const IS_ACTIVE = 'revoked_at is null and (expires_at is null or expires_at > now())'

/**
 * The key with this secret, unless revoked or expired.
 * @param isUse records that it was used
 */
export const findOperator = async (
  pool: Pool,
  secret: string,
  { isUse = true }: { readonly isUse?: boolean } = {},
): Promise<OperatorKey | null> => {
  if (!secret.startsWith(OPERATOR_PREFIX)) return null
  const { rows } = await pool.query<OperatorKey>(
    isUse
      ? `update tenantry.operator_keys set last_used_at = now() where secret_hash = $1 and ${IS_ACTIVE} returning ${COLUMNS}`
      : `select ${COLUMNS} from tenantry.operator_keys where secret_hash = $1 and ${IS_ACTIVE}`,
    [hashOfSecret(secret)],
  )
  return rows[0] ?? null
}

interface AuditEntry {
  readonly action: string
  readonly workspaceId: string | null
  readonly details: Readonly<Record<string, unknown>>
}

export const audit = async (
  connection: Connection,
  operator: Operator,
  { action, workspaceId, details }: AuditEntry,
): Promise<void> => {
  await connection.query(
    `insert into tenantry.audit (operator_key_id, operator_name, action, workspace_id, details, address, request_id)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      operator.id,
      operator.name,
      action,
      workspaceId,
      details,
      operator.source?.address ?? null,
      operator.source?.requestId ?? null,
    ],
  )
}
