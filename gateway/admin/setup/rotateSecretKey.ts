// The rotation of SECRET_KEY: encrypts under the new key what is stored under the previous one, then closes
// the previous key's login. It begins when gateways with the previous key alone have ended, because these
// cannot open what it writes. Running it again continues; a row that opens under the new key is left.

import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase, Pool } from 'pg'
import { freePreviousLogin, readPreviousSessions } from '../../../sql/gatewayLogin.ts'
import { inTransaction } from '../../../sql/ownerPool.ts'
import { Refusal } from '../../../tenants/refusal.ts'
import { fingerprintsOf, type Keyring, reencrypted } from '../../auth/keyring.ts'
import { resealSigningKeys } from '../../auth/signing.ts'
import { purposeOf } from '../../webhooks/secret.ts'

export interface Rotation {
  /** Values that were encrypted again, by kind. */
  readonly signingKeys: number
  readonly webhooks: number
  /** Webhooks whose secret opens under neither key. */
  readonly unopened: readonly string[]
  /** Other databases of the server whose gateways use the previous key's login, which stays open for them. */
  readonly waitsFor: readonly string[]
}

const BATCH = 200
/** A running gateway that has not been notified yet stores a secret under the previous key. */
const SETTLE_MS = 2_000

const begin = async (client: ClientBase, keyring: Keyring): Promise<number> => {
  const { current, previous } = fingerprintsOf(keyring)
  // Throws if an unfinished rotation is one between other keys.
  const count = await resealSigningKeys(client, keyring)
  await client.query(
    `insert into tenantry.secret_key_rotation as r (previous_key, current_key) values ($1, $2)
     on conflict (is_single) do update
       set previous_key = $1, current_key = $2, started_at = now(), completed_at = null
       where (r.previous_key, r.current_key) <> ($1, $2)`,
    [previous, current],
  )
  return count
}

interface WebhookRow {
  readonly id: string
  readonly secret: Buffer | null
  readonly previous: Buffer | null
}

type Table = 'tenantry.webhooks' | 'tenantry.operator_webhooks'

interface Reencrypted {
  readonly count: number
  readonly unopened: readonly string[]
  /** Null: this was the last batch. */
  readonly lastId: string | null
}

const reencryptBatch = (
  pool: Pool,
  keyring: Keyring,
  table: Table,
  after: string | null,
): Promise<Reencrypted> =>
  inTransaction(pool, async (client) => {
    const { rows } = await client.query<WebhookRow>(
      `select id, secret, previous_secret as previous from ${table}
       where $1::uuid is null or id > $1 order by id limit ${BATCH} for update`,
      [after],
    )
    let count = 0
    const unopened: string[] = []
    for (const { id, secret, previous } of rows) {
      const again = (encrypted: Buffer | null) =>
        encrypted === null ? null : reencrypted(keyring, purposeOf(id), encrypted)
      try {
        const [newSecret, newPrevious] = [again(secret), again(previous)]
        if (newSecret === null && newPrevious === null) continue
        await client.query(`update ${table} set secret = $2, previous_secret = $3 where id = $1`, [
          id,
          newSecret ?? secret,
          newPrevious ?? previous,
        ])
        count += 1
      } catch (error) {
        if (!(error instanceof Error) || 'severity' in error) throw error
        unopened.push(id)
      }
    }
    return { count, unopened, lastId: rows.length < BATCH ? null : (rows.at(-1)?.id ?? null) }
  })

const reencryptWebhooks = async (pool: Pool, keyring: Keyring): Promise<Omit<Reencrypted, 'lastId'>> => {
  let count = 0
  const unopened: string[] = []
  for (const table of ['tenantry.webhooks', 'tenantry.operator_webhooks'] as const) {
    let after: string | null = null
    do {
      const batch: Reencrypted = await reencryptBatch(pool, keyring, table, after)
      count += batch.count
      unopened.push(...batch.unopened)
      after = batch.lastId
    } while (after !== null)
  }
  return { count, unopened }
}

/** Throws Refusal CONFLICT while gateways with the previous key alone are connected. */
export const rotateSecretKey = async (pool: Pool, keyring: Keyring): Promise<Rotation> => {
  if (keyring.previousSecretKey === null)
    throw new Refusal('CONFLICT', 'SECRET_KEY_PREVIOUS is not set.', {
      hint: 'Set SECRET_KEY to the new key and SECRET_KEY_PREVIOUS to the one before.',
    })
  const connected = await readPreviousSessions(pool, keyring)
  const here = connected.find(({ isThis }) => isThis)
  if (here !== undefined)
    throw new Refusal('CONFLICT', `${here.sessions} connections of requests use the previous SECRET_KEY.`, {
      hint: 'Restart each gateway with the new SECRET_KEY and SECRET_KEY_PREVIOUS, then repeat the command.',
    })
  const signingKeys = await inTransaction(pool, (client) => begin(client, keyring))
  const first = await reencryptWebhooks(pool, keyring)
  await sleep(SETTLE_MS)
  const second = await reencryptWebhooks(pool, keyring)
  await pool.query('update tenantry.secret_key_rotation set completed_at = now() where completed_at is null')
  const waitsFor = connected.map(({ database }) => database)
  if (waitsFor.length === 0) await freePreviousLogin(pool, keyring)
  return { signingKeys, webhooks: first.count + second.count, unopened: second.unopened, waitsFor }
}

export const rotationLines = ({ signingKeys, webhooks, unopened, waitsFor }: Rotation): readonly string[] => [
  `Encrypted under the new SECRET_KEY: ${signingKeys} signing keys, secrets of ${webhooks} webhooks.`,
  ...unopened.map((id) => `The secret of webhook ${id} opens under neither key. Give it a new one.`),
  ...(waitsFor.length === 0
    ? []
    : [`Gateways of ${waitsFor.join(', ')} use the previous key's login, which stays open. Repeat later.`]),
]
