// Values that the database stores encrypted. They are encrypted inside the transaction that stores them,
// under the key that the database has then: a rotation of SECRET_KEY and these transactions exclude each
// other by the lock of one table. So a gateway that was not notified of a rotation stores nothing under the
// key before.

import type { ClientBase } from 'pg'
import { fingerprintOf } from '../../sql/gatewayLogin.ts'
import { Problem } from '../error/problem.ts'
import { decrypt, encrypt } from './encryption.ts'
import type { Keyring } from './keyring.ts'

export interface EncryptedColumns {
  readonly table: string
  /** Column of the primary key. */
  readonly key: string
  readonly columns: readonly string[]
  /** Part of the encryption. @param id value of the key */
  readonly purposeOf: (id: string) => string
}

const webhooksIn = (table: string): EncryptedColumns => ({
  table,
  key: 'id',
  columns: ['secret', 'previous_secret'],
  purposeOf: (id) => `webhook ${id}`,
})

/** Every column that is encrypted. */
export const ENCRYPTED_COLUMNS = {
  signingKeys: {
    table: 'tenantry.signing_keys',
    key: 'kid',
    columns: ['private_jwk'],
    purposeOf: (kid) => `signing key ${kid}`,
  },
  webhooks: webhooksIn('tenantry.webhooks'),
  operatorWebhooks: webhooksIn('tenantry.operator_webhooks'),
} as const satisfies Readonly<Record<string, EncryptedColumns>>

interface LatestRotation {
  readonly previous: string
  readonly current: string
}

/** Fingerprints; undefined: the key was never replaced. Its transaction holds the lock. */
const readLatest = async (client: ClientBase): Promise<LatestRotation | undefined> => {
  const { rows } = await client.query<LatestRotation>(
    'select previous_key as previous, current_key as current from tenantry.secret_key_rotation',
  )
  return rows[0]
}

const validKey = (keyring: Keyring, latest: LatestRotation | undefined): string => {
  if (latest === undefined) return keyring.active()
  const valid = keyring.all.find((key) => fingerprintOf(key) === latest.current)
  if (valid !== undefined) return valid
  if (fingerprintOf(keyring.secretKey) === latest.previous)
    throw new Problem('UNAVAILABLE', 'SECRET_KEY of this gateway has been replaced.', {
      hint: 'Restart the gateway with the new SECRET_KEY.',
    })
  // The database got a new key without a rotation, after the one before was lost.
  return keyring.active()
}

/** Encrypts a value that the client's transaction stores. Waits while a rotation begins. */
export const encryptColumn = async (
  client: ClientBase,
  keyring: Keyring,
  purpose: string,
  plain: Uint8Array,
): Promise<Buffer> => {
  await client.query('lock table tenantry.secret_key_rotation in row share mode')
  return encrypt(validKey(keyring, await readLatest(client)), purpose, plain)
}

/** Waits for transactions that store encrypted values; later ones wait for the end of the client's. */
export const lockEncryption = async (client: ClientBase): Promise<void> => {
  await client.query('lock table tenantry.secret_key_rotation in exclusive mode')
}

interface Decrypted {
  readonly plain: Buffer
  readonly openedBy: string
}

/** Throws the current key's error if none of the keys opens it. */
export const decryptColumn = (
  keyring: Pick<Keyring, 'all'>,
  purpose: string,
  encrypted: Uint8Array,
): Decrypted => {
  let failure: unknown
  for (const key of keyring.all) {
    try {
      return { plain: decrypt(key, purpose, encrypted), openedBy: key }
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}
