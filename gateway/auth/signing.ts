// Signing keys of tokens: ES256 pairs in tenantry.signing_keys, the private half encrypted under SECRET_KEY.
// The first process creates the first pair. A rotation inserts a row: old tokens still verify by their kid,
// and a process that is notified, or meets an unknown kid, reloads the rows.

import type { CryptoKey, JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'
import { importJWK } from 'jose/key/import'
import type { ClientBase, Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { createLoadingCache } from '../cache/loadingCache.ts'
import { CHANNEL } from '../workspace/watch.ts'
import { decryptColumn, ENCRYPTED_COLUMNS, encryptColumn, lockEncryption } from './encryptedColumns.ts'
import { fingerprintsOf, type Keyring } from './keyring.ts'
import { reencryptTable } from './reencrypt.ts'

export const ALGORITHM = 'ES256'

/** Limits reloads: tokens with made-up kids must not cause queries. */
const LOOK_AGAIN_AFTER_MS = 10_000
/** The pairs are loaded and cached together. */
const ONLY = 'all'
/** In case a notification of a rotation was missed. */
const SIGN_AT_MOST_FOR_MS = 60_000

interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

export interface SigningKeys {
  /** The pair that signs new tokens. */
  readonly current: () => Promise<SigningKey>
  readonly publicKey: (kid: string) => Promise<CryptoKey | undefined>
  /** @param payload of a notification: `signing <kid>`; others are ignored. */
  readonly invalidate: (payload: string) => void
  /** When notifications may have been missed. */
  readonly invalidateAll: () => void
}

interface KeyRow {
  readonly kid: string
  readonly publicJwk: JWK
  readonly privateJwk: Buffer
  readonly isRetired: boolean
}

const { purposeOf } = ENCRYPTED_COLUMNS.signingKeys

const readRows = async (client: ClientBase | Pool): Promise<readonly KeyRow[]> => {
  const { rows } = await client.query<KeyRow>(
    `select kid, public_jwk as "publicJwk", private_jwk as "privateJwk", retired_at is not null as "isRetired"
     from tenantry.signing_keys where algorithm = $1 order by created_at desc, kid`,
    [ALGORITHM],
  )
  return rows
}

/** Before anything is encrypted: a rotation of SECRET_KEY takes the locks in this order. */
const lockSigningKeys = async (client: ClientBase): Promise<void> => {
  await lockEncryption(client)
  await client.query('lock table tenantry.signing_keys in share row exclusive mode')
}

const insertPair = async (client: ClientBase, keyring: Keyring): Promise<string> => {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  const privateJwk = Buffer.from(JSON.stringify(await exportJWK(privateKey)))
  await client.query(
    `insert into tenantry.signing_keys (kid, algorithm, public_jwk, private_jwk) values ($1, $2, $3, $4)`,
    [kid, ALGORITHM, publicJwk, await encryptColumn(client, keyring, purposeOf(kid), privateJwk)],
  )
  return kid
}

/**
 * All rows, after creating the first one if there is no pair to sign with. Processes that start together take
 * turns.
 */
const readOrMakeRows = async (pool: Pool, keyring: Keyring): Promise<readonly KeyRow[]> => {
  const rows = await readRows(pool)
  if (rows.some((row) => !row.isRetired)) return rows
  return inTransaction(pool, async (client) => {
    await lockSigningKeys(client)
    const lateRows = await readRows(client)
    if (lateRows.some((row) => !row.isRetired)) return lateRows
    await insertPair(client, keyring)
    return readRows(client)
  })
}

const importKey = async (jwk: JWK): Promise<CryptoKey> => {
  const key = await importJWK(jwk, ALGORITHM)
  if (key instanceof Uint8Array) throw new Error('A signing key must be an elliptic-curve key.')
  return key
}

const openCurrent = async (rows: readonly KeyRow[], keyring: Keyring): Promise<SigningKey> => {
  const row = rows.find((candidate) => !candidate.isRetired)
  if (row === undefined) throw new Error('tenantry.signing_keys contains no key to sign with.')
  const { kid, privateJwk } = row
  try {
    const { plain, openedBy } = decryptColumn(keyring, purposeOf(kid), privateJwk)
    keyring.activate(openedBy)
    return { kid, privateKey: await importKey(JSON.parse(plain.toString()) as JWK) }
  } catch (cause) {
    throw new Error(
      'SECRET_KEY cannot decrypt the signing key in tenantry.signing_keys. Nothing was changed. Set the SECRET_KEY ' +
        'that this database was last used with; to replace it, set SECRET_KEY to the new key and SECRET_KEY_PREVIOUS ' +
        'to the old one. If it is lost, set retired_at on the row: a new key is made, after which existing API keys go on ' +
        'working.',
      { cause },
    )
  }
}

/** Whether a key opens the pair that signs new tokens; null: there is none yet. Changes nothing. */
export const opensSigningKey = async (client: ClientBase, keyring: Keyring): Promise<boolean | null> => {
  const rows = (await readRows(client)).filter(({ isRetired }) => !isRetired)
  if (rows.length === 0) return null
  return openCurrent(rows, keyring).then(
    () => true,
    () => false,
  )
}

const hasTable = async (client: ClientBase, name: string): Promise<boolean> => {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    name,
  ])
  return rows[0]?.there === true
}

/** A rotation re-encrypts the signing key first, so a key that opens it may still miss others. */
const refuseUnfinishedRotation = async (client: ClientBase, keyring: Keyring): Promise<void> => {
  if (!(await hasTable(client, 'tenantry.secret_key_rotation'))) return
  const { rows } = await client.query<{ previous: string }>(
    'select previous_key as previous from tenantry.secret_key_rotation where completed_at is null',
  )
  const unfinished = rows[0]?.previous
  if (unfinished === undefined || unfinished === fingerprintsOf(keyring).previous) return
  throw new Error(
    `A rotation of SECRET_KEY is unfinished. Set SECRET_KEY_PREVIOUS to the key of fingerprint ${unfinished}, and run ` +
      '`tenantry secret-key rotate`. Nothing was changed.',
  )
}

/** Throws unless the keys open what the database has. Reads only, also a database of an earlier version. */
export const checkKeys = async (client: ClientBase, keyring: Keyring): Promise<void> => {
  if (!(await hasTable(client, 'tenantry.signing_keys'))) return
  const rows = (await readRows(client)).filter(({ isRetired }) => !isRetired)
  if (rows.length > 0) await openCurrent(rows, keyring)
  await refuseUnfinishedRotation(client, keyring)
}

/** @param clock in milliseconds since the epoch, for tests. */
export const openSigningKeys = async (
  pool: Pool,
  keyring: Keyring,
  clock: () => number = Date.now,
): Promise<SigningKeys> => {
  const publicKeys = new Map<string, CryptoKey>()
  const open = async (rows: readonly KeyRow[]): Promise<SigningKey> => {
    for (const { kid, publicJwk } of rows)
      if (!publicKeys.has(kid)) publicKeys.set(kid, await importKey(publicJwk))
    return openCurrent(rows, keyring)
  }
  const signing = createLoadingCache<SigningKey>({
    load: async () => open(await readOrMakeRows(pool, keyring)),
    cache: { name: 'signing key' },
    bytesOf: () => 1,
    maxAgeMs: SIGN_AT_MOST_FOR_MS,
    clock,
  })
  await signing.get(ONLY)
  let lookedAtMs = clock()

  return Object.freeze({
    current: () => signing.get(ONLY),
    publicKey: async (kid: string) => {
      const known = publicKeys.get(kid)
      if (known !== undefined) return known
      const mayLook = clock() - lookedAtMs >= LOOK_AGAIN_AFTER_MS
      if (mayLook) lookedAtMs = clock()
      await signing.get(ONLY, mayLook ? LOOK_AGAIN_AFTER_MS : SIGN_AT_MOST_FOR_MS)
      return publicKeys.get(kid)
    },
    invalidate: (payload: string) => {
      if (payload.startsWith('signing ')) signing.forgetAll()
    },
    invalidateAll: signing.forgetAll,
  })
}

/**
 * Creates a new signing pair; earlier pairs still verify their tokens. Running gateways are notified and sign
 * with the new pair from then on.
 * @returns the new kid.
 */
export const rotateSigningKey = (pool: Pool, keyring: Keyring): Promise<string> =>
  inTransaction(pool, async (client) => {
    await lockSigningKeys(client)
    // Activates the key that the new pair is encrypted under.
    await checkKeys(client, keyring)
    await client.query('update tenantry.signing_keys set retired_at = now() where retired_at is null')
    const kid = await insertPair(client, keyring)
    await client.query('select pg_notify($1, $2)', [CHANNEL, `signing ${kid}`])
    return kid
  })

/**
 * Encrypts the stored pairs under the current key. Gateways are notified, and protect new values under that
 * key from then on. A retired pair that no key opens stays as it is: it only verifies.
 * @returns how many pairs were re-encrypted
 */
export const reencryptSigningKeys = async (client: ClientBase, keyring: Keyring): Promise<number> => {
  await lockSigningKeys(client)
  await checkKeys(client, keyring)
  const { count } = await reencryptTable(keyring, ENCRYPTED_COLUMNS.signingKeys, (work) => work(client))
  if (count > 0) await client.query('select pg_notify($1, $2)', [CHANNEL, 'signing key'])
  return count
}

/** The public halves as a JWK set (RFC 7517 §5), newest first. */
export const readJwks = async (pool: Pool): Promise<{ readonly keys: readonly JWK[] }> => ({
  keys: (await readRows(pool)).map(({ kid, publicJwk }) => ({
    ...publicJwk,
    kid,
    alg: ALGORITHM,
    use: 'sig',
  })),
})
