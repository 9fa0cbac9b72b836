// Encrypts what is stored under the previous SECRET_KEY again under the current one, row by row. A row that
// opens under the current key is left.

import type { ClientBase } from 'pg'
import { decryptColumn, type EncryptedColumns } from './encryptedColumns.ts'
import { encrypt } from './encryption.ts'
import type { Keyring } from './keyring.ts'

interface Reencrypted {
  /** Rows that were encrypted again. */
  readonly count: number
  /** Keys of rows that open under none of the keys. They are left. */
  readonly unopened: readonly string[]
}

interface Batch extends Reencrypted {
  /** Null: these were the last ones. */
  readonly lastKey: string | null
}

const BATCH = 200

/** The same value under the current key; null: it is already, or there is none. */
const again = (keyring: Keyring, purpose: string, encrypted: Buffer | null): Buffer | null => {
  if (encrypted === null) return null
  const { plain, openedBy } = decryptColumn(keyring, purpose, encrypted)
  return openedBy === keyring.secretKey ? null : encrypt(keyring.secretKey, purpose, plain)
}

/** The values of one row, where one of them changes; `unopened` where one opens under none of the keys. */
const valuesAgain = (
  keyring: Keyring,
  purpose: string,
  values: readonly (Buffer | null)[],
): readonly (Buffer | null)[] | null | 'unopened' => {
  try {
    const changed = values.map((value) => again(keyring, purpose, value))
    return changed.every((value) => value === null)
      ? null
      : changed.map((value, at) => value ?? values[at] ?? null)
  } catch {
    return 'unopened'
  }
}

/** @param after key of the last row of the batch before */
const reencryptBatch = async (
  client: ClientBase,
  keyring: Keyring,
  { table, key, columns, purposeOf }: EncryptedColumns,
  after: string | null,
): Promise<Batch> => {
  const { rows } = await client.query<{ key: string; values: readonly (Buffer | null)[] }>(
    `select ${key}::text as key, array[${columns.join(', ')}] as values from ${table}
     ${after === null ? '' : `where ${key} > $1`} order by ${key} limit ${BATCH} for update`,
    after === null ? [] : [after],
  )
  const unopened: string[] = []
  let count = 0
  for (const row of rows) {
    const values = valuesAgain(keyring, purposeOf(row.key), row.values)
    if (values === 'unopened') unopened.push(row.key)
    if (values === 'unopened' || values === null) continue
    const sets = columns.map((column, at) => `${column} = $${at + 2}`).join(', ')
    await client.query(`update ${table} set ${sets} where ${key} = $1`, [row.key, ...values])
    count += 1
  }
  return { count, unopened, lastKey: rows.length < BATCH ? null : (rows.at(-1)?.key ?? null) }
}

/**
 * Encrypts all rows under the current key.
 * @param inBatch runs each batch in a transaction
 */
export const reencryptTable = async (
  keyring: Keyring,
  kind: EncryptedColumns,
  inBatch: (work: (client: ClientBase) => Promise<Batch>) => Promise<Batch>,
): Promise<Reencrypted> => {
  const unopened: string[] = []
  let count = 0
  let lastKey: string | null = null
  do {
    const after: string | null = lastKey
    const batch: Batch = await inBatch((client) => reencryptBatch(client, keyring, kind, after))
    count += batch.count
    unopened.push(...batch.unopened)
    lastKey = batch.lastKey
  } while (lastKey !== null)
  return { count, unopened }
}
