// The rotation of SECRET_KEY: encrypts under the new key what is stored under the previous one, then closes
// the previous key's login. It begins when gateways with the previous key alone have ended, because these
// cannot open what it writes. Running it again continues; a row that opens under the new key is left.

import type { ClientBase, Pool } from 'pg'
import { freePreviousLogin, readPreviousSessions } from '../../../sql/gatewayLogin.ts'
import { inTransaction } from '../../../sql/ownerPool.ts'
import { Refusal } from '../../../tenants/refusal.ts'
import { ENCRYPTED_COLUMNS } from '../../auth/encryptedColumns.ts'
import { fingerprintsOf, type Keyring } from '../../auth/keyring.ts'
import { reencryptTable } from '../../auth/reencrypt.ts'
import { reencryptSigningKeys } from '../../auth/signing.ts'

export interface Rotation {
  /** Values that were encrypted again, by kind. */
  readonly signingKeys: number
  readonly webhooks: number
  /** Webhooks whose secret opens under neither key. */
  readonly unopened: readonly string[]
  /** Other databases of the server whose gateways use the previous key's login, which stays open for them. */
  readonly waitsFor: readonly string[]
}

const begin = async (client: ClientBase, keyring: Keyring): Promise<number> => {
  const { current, previous } = fingerprintsOf(keyring)
  // Throws if an unfinished rotation is one between other keys.
  const count = await reencryptSigningKeys(client, keyring)
  await client.query(
    `insert into tenantry.secret_key_rotation as r (previous_key, current_key) values ($1, $2)
     on conflict (is_single) do update
       set previous_key = $1, current_key = $2, started_at = now(), completed_at = null
       where (r.previous_key, r.current_key) <> ($1, $2)`,
    [previous, current],
  )
  return count
}

/**
 * Encrypts everything under the current key. What gateways store from its first transaction on is encrypted
 * under that key, too, so one pass is complete.
 */
export const reencryptAll = async (
  pool: Pool,
  keyring: Keyring,
): Promise<Pick<Rotation, 'signingKeys' | 'webhooks' | 'unopened'>> => {
  const { signingKeys: _, ...others } = ENCRYPTED_COLUMNS
  const signingKeys = await inTransaction(pool, (client) => begin(client, keyring))
  let webhooks = 0
  const unopened: string[] = []
  for (const kind of Object.values(others)) {
    const reencrypted = await reencryptTable(keyring, kind, (work) => inTransaction(pool, work))
    webhooks += reencrypted.count
    unopened.push(...reencrypted.unopened)
  }
  await pool.query('update tenantry.secret_key_rotation set completed_at = now() where completed_at is null')
  return { signingKeys, webhooks, unopened }
}

/** Throws Refusal CONFLICT while gateways with the previous key alone are connected. */
export const rotateSecretKey = async (pool: Pool, keyring: Keyring): Promise<Rotation> => {
  if (keyring.previousSecretKey === null)
    throw new Refusal('CONFLICT', 'SECRET_KEY_PREVIOUS is not set.', {
      hint: 'Set SECRET_KEY to the new key and SECRET_KEY_PREVIOUS to the previous one.',
    })
  const connected = await readPreviousSessions(pool, keyring)
  const here = connected.find(({ isThis }) => isThis)
  if (here !== undefined)
    throw new Refusal('CONFLICT', `${here.sessions} connections of requests use the previous SECRET_KEY.`, {
      hint: 'Restart each gateway with the new SECRET_KEY and SECRET_KEY_PREVIOUS, then repeat the command.',
    })
  const reencrypted = await reencryptAll(pool, keyring)
  const waitsFor = connected.map(({ database }) => database)
  if (waitsFor.length === 0) await freePreviousLogin(pool, keyring)
  return { ...reencrypted, waitsFor }
}

export const rotationLines = ({ signingKeys, webhooks, unopened, waitsFor }: Rotation): readonly string[] => [
  `Encrypted with the new SECRET_KEY: ${signingKeys} signing keys, secrets of ${webhooks} webhooks.`,
  ...unopened.map((id) => `The secret of webhook ${id} cannot be decrypted with either key. Rotate it.`),
  ...(waitsFor.length === 0
    ? []
    : [`Gateways of ${waitsFor.join(', ')} use the previous key's login, which stays open. Repeat later.`]),
]
