// Operators run the installation and stand above all workspaces. Rows of tenantry.operator_keys and
// tenantry.audit. A key's secret is random and shown once; only its SHA-256 is stored, which is enough for
// 256 random bits.

import { createHash, randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import type { Connection } from '../sql/ownerPool.ts'
import { checkedDisplayName } from './displayName.ts'
import { Refusal } from './refusal.ts'
import { isUuid } from './uuid.ts'

/** The operator's name. */
export interface Operator {
  /** Of the operator's key. */
  readonly id: string
  readonly name: string
}

interface OperatorKey extends Operator {
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
  readonly createdAt: Date
}

const OPERATOR_PREFIX = 'tenantry_operator_'
const SECRET_BYTES = 32

const COLUMNS = `id, name, last_used_at as "lastUsedAt", revoked_at as "revokedAt", created_at as "createdAt"`

export const newSecret = (prefix: string): string => prefix + randomBytes(SECRET_BYTES).toString('base64url')
export const hashOfSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest()

export const createOperatorKey = async (
  pool: Pool,
  wantedName: string,
): Promise<{ readonly key: OperatorKey; readonly secret: string }> => {
  const secret = newSecret(OPERATOR_PREFIX)
  const { rows } = await pool.query<OperatorKey>(
    `insert into tenantry.operator_keys (name, secret_hash) values ($1, $2) returning ${COLUMNS}`,
    [checkedDisplayName(wantedName, 'An operator key'), hashOfSecret(secret)],
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

/** The key with this secret, unless revoked. Records its use. */
export const findOperator = async (pool: Pool, secret: string): Promise<OperatorKey | null> => {
  if (!secret.startsWith(OPERATOR_PREFIX)) return null
  const { rows } = await pool.query<OperatorKey>(
    `update tenantry.operator_keys set last_used_at = now() where secret_hash = $1 and revoked_at is null
     returning ${COLUMNS}`,
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
    `insert into tenantry.audit (operator_key_id, operator_name, action, workspace_id, details) values ($1, $2, $3, $4, $5)`,
    [operator.id, operator.name, action, workspaceId, details],
  )
}
