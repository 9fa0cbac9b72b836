// Encrypted columns while SECRET_KEY is rotated: every kind, stored before, during and after the rotation, by
// gateways that were not notified of it.

import test from 'ava'
import type { ClientBase, Pool } from 'pg'
import { reencryptAll } from '../../gateway/admin/setup/rotateSecretKey.ts'
import { decryptColumn, ENCRYPTED_COLUMNS, encryptColumn } from '../../gateway/auth/encryptedColumns.ts'
import { createKeyring, type Keyring } from '../../gateway/auth/keyring.ts'
import { openSigningKeys, rotateSigningKey } from '../../gateway/auth/signing.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import { newUuid } from '../../tenants/uuid.ts'
import { createTestDatabase } from '../support/database.ts'
import { readSources } from '../support/sources.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace } from '../support/workspace.ts'

const [K1, K2, K3] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string]

interface Place {
  readonly kind: (typeof ENCRYPTED_COLUMNS)[keyof typeof ENCRYPTED_COLUMNS]
  readonly column: string
}

/** Each encrypted column. */
const PLACES: readonly Place[] = Object.values(ENCRYPTED_COLUMNS).flatMap((kind) =>
  kind.columns.map((column) => ({ kind, column })),
)

const insertRow = async (pool: Pool, { kind }: Place, workspaceId: string): Promise<string> => {
  const id = newUuid()
  const sql: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    'tenantry.signing_keys': [
      `insert into tenantry.signing_keys (kid, algorithm, public_jwk, private_jwk, retired_at)
       values ($1, 'other', '{}', '', now())`,
      [id],
    ],
    'tenantry.webhooks': [
      `insert into tenantry.webhooks (id, workspace_id, target_url, host, owner_name) values ($1, $2, 'https://a.test/', 'a.test', 'x')`,
      [id, workspaceId],
    ],
    'tenantry.operator_webhooks': [
      `insert into tenantry.operator_webhooks (id, target_url, host, owner_name, operator_key_id) values ($1, 'https://a.test/', 'a.test', 'x', $2)`,
      [id, newUuid()],
    ],
  }
  const [text, values] = sql[kind.table] ?? ['', []]
  await pool.query(text, [...values])
  return id
}

const PLAIN = Buffer.from('a secret')

const store = async (client: ClientBase, keyring: Keyring, { kind, column }: Place, id: string) => {
  const encrypted = await encryptColumn(client, keyring, kind.purposeOf(id), PLAIN)
  await client.query(`update ${kind.table} set ${column} = $2 where ${kind.key} = $1`, [id, encrypted])
}

const open = async (t: { teardown(work: () => Promise<void>): void }) => {
  const { pool } = await createTestDatabase(t)
  const { id } = await createTestWorkspace(pool)
  await openSigningKeys(pool, createKeyring(K1))
  const rows = await Promise.all(
    PLACES.map(async (place) => ({ place, id: await insertRow(pool, place, id) })),
  )
  /** Which of the rows open under the key alone. */
  const opened = async (key: string): Promise<readonly boolean[]> => {
    const found: boolean[] = []
    for (const { place, id } of rows) {
      const { kind, column } = place
      const { rows: read } = await pool.query(
        `select ${column} as value from ${kind.table} where ${kind.key} = $1`,
        [id],
      )
      try {
        found.push(decryptColumn(createKeyring(key), kind.purposeOf(id), read[0].value).plain.equals(PLAIN))
      } catch {
        found.push(false)
      }
    }
    return found
  }
  const storeAll = async (keyring: Keyring): Promise<void> => {
    for (const { place, id } of rows) await inTransaction(pool, (client) => store(client, keyring, place, id))
  }
  return { pool, rows, opened, storeAll }
}

const ALL = PLACES.map(() => true)
const NONE = PLACES.map(() => false)

test('every column that is not a hash is one of the encrypted ones', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { rows } = await pool.query<{ column: string }>(
    `select table_schema || '.' || table_name || '.' || column_name as column from information_schema.columns
     where table_schema like 'tenantry%' and data_type = 'bytea' and column_name !~ '_hash$' order by 1`,
  )
  t.deepEqual(
    rows.map(({ column }) => column),
    PLACES.map(({ kind, column }) => `${kind.table}.${column}`).sort(),
  )
})

test('values are encrypted in one place', (t) => {
  const importing = readSources('gateway', 'tenants', 'sql').filter(({ imports }) =>
    imports.some(({ path }) => path === 'gateway/auth/encryption.ts'),
  )
  t.deepEqual(importing.map(({ path }) => path).sort(), [
    'gateway/auth/encryptedColumns.ts',
    'gateway/auth/reencrypt.ts',
  ])
})

test('secrets stored before, while and after the key is replaced open under the new key', async (t) => {
  const { pool, rows, opened, storeAll } = await open(t)
  // A gateway that is never notified of the rotation.
  const unaware = createKeyring(K2, K1)
  await openSigningKeys(pool, unaware)
  await storeAll(unaware)
  t.deepEqual([await opened(K1), await opened(K2)], [ALL, NONE], 'before it')

  // One open transaction has stored a value of each kind when the rotation begins.
  const writer = await pool.connect()
  await writer.query('begin')
  for (const { place, id } of rows) await store(writer, unaware, place, id)
  let isOver = false
  const rotating = reencryptAll(pool, createKeyring(K2, K1)).finally(() => {
    isOver = true
  })
  await until('the rotation waits for it', async () => {
    const { rowCount } = await writer.query(
      `select from pg_locks where database = (select oid from pg_database where datname = current_database())
       and relation = 'tenantry.secret_key_rotation'::regclass and mode = 'ExclusiveLock' and not granted`,
    )
    return rowCount === 1
  })
  t.false(isOver)
  await writer.query('commit')
  writer.release()
  const { signingKeys, unopened } = await rotating
  t.is(signingKeys, 2)
  t.deepEqual(unopened, [])
  t.deepEqual([await opened(K1), await opened(K2)], [NONE, ALL], 'during it')

  t.is(unaware.active(), K1)
  await storeAll(unaware)
  t.deepEqual([await opened(K1), await opened(K2)], [NONE, ALL], 'after it')
  await rotateSigningKey(pool, unaware)
  await openSigningKeys(pool, createKeyring(K2))

  // One that has the key of before alone stores nothing.
  await t.throwsAsync(storeAll(createKeyring(K1)), { message: /has been replaced/ })
  // The way back, and a key that came without a rotation.
  await reencryptAll(pool, createKeyring(K1, K2))
  await storeAll(unaware)
  t.deepEqual([await opened(K1), await opened(K2)], [ALL, NONE])
  await storeAll(createKeyring(K3))
  t.deepEqual(await opened(K3), ALL)
})

test('encrypting outside of a transaction is refused', async (t) => {
  const { pool } = await createTestDatabase(t)
  const client = await pool.connect()
  await t.throwsAsync(encryptColumn(client, createKeyring(K1), 'x', PLAIN), { code: '25P01' })
  client.release()
})
