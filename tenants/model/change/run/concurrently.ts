// Builds an index concurrently. A build waits for transactions that are older; the first attempt waits for a
// short time, later ones longer, so that it ends on a server where some transaction is always long. It gives
// way to transactions that wait for it (giveWay.ts). What a build leaves behind is dropped before the next
// one.

import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { errorCode } from '../../../../sql/errorCode.ts'
import { bindSchema } from '../../../../sql/placeholder.ts'
import { dropIndexSql } from '../../ddl/buildStep.ts'
import { isHeld } from './alterRefusal.ts'

export interface WantedIndex {
  readonly schemaName: string
  readonly name: string
  /** Oid of its table. */
  readonly table: string
  /** `create index concurrently …`, with the placeholder for the schema. */
  readonly statement: string
}

/** Of the first attempt: shorter than deadlock_timeout, 1 s by default. */
const LOCK_MS = 900
const LONGEST_LOCK_MS = 300_000
/** An autovacuum yields after it, before our lock timeout. */
const YIELDED = `select set_config('deadlock_timeout', '100ms', false) where has_parameter_privilege('deadlock_timeout', 'SET')`
/**
 * Otherwise the session of a killed gateway would wait for minutes, with the locks of its table and without
 * giving way.
 */
const CHECKED = `set client_connection_check_interval = '1s'`
const CANCELLED = '57014'
const DROP_ATTEMPTS = 10
const DROP_PAUSE_MS = 500

/**
 * Runs statements that read a whole table, without keeping others waiting; resets the session after it.
 * @param attempt counted from 1
 */
export const withoutHaste = async <T>(
  client: ClientBase,
  attempt: number,
  work: () => Promise<T>,
): Promise<T> => {
  const lockMs = Math.min(LOCK_MS * 2 ** (attempt - 1), LONGEST_LOCK_MS)
  await client.query(`set lock_timeout = ${lockMs}; set statement_timeout = 0; ${YIELDED}`)
  // Not every platform of a server can check.
  await client.query(CHECKED).catch(() => {})
  try {
    return await work()
  } finally {
    // On a broken connection there is nothing to reset.
    await client
      .query(
        `reset lock_timeout; reset statement_timeout; reset client_connection_check_interval; ${YIELDED.replace("'100ms'", 'null')}`,
      )
      .catch(() => {})
  }
}

const FIND_SQL = `select i.indisvalid as "isValid", i.indexrelid::text as oid from pg_index i
  join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and i.indrelid = $3`

interface Found {
  readonly isValid: boolean
  readonly oid: string
}

export const findIndex = async (
  client: ClientBase,
  { schemaName, name, table }: WantedIndex,
): Promise<Found | undefined> => (await client.query<Found>(FIND_SQL, [schemaName, name, table])).rows[0]

const dropWhile = async (
  client: ClientBase,
  index: WantedIndex,
  isLeft: (found: Found | undefined) => boolean,
): Promise<void> => {
  for (let attempt = 1; isLeft(await findIndex(client, index)); attempt += 1) {
    try {
      await client.query(bindSchema(dropIndexSql(index.name), index.schemaName))
    } catch (error) {
      if (!isHeld(error) || attempt === DROP_ATTEMPTS) throw error
      await sleep(DROP_PAUSE_MS * (0.5 + Math.random()))
    }
  }
}

/** Drops it if it is invalid. */
const dropInvalid = (client: ClientBase, index: WantedIndex): Promise<void> =>
  dropWhile(client, index, (found) => found?.isValid === false)

export const dropBuilt = (client: ClientBase, index: WantedIndex): Promise<void> =>
  dropWhile(client, index, (found) => found !== undefined)

/**
 * Builds it, unless it is built. Rejects with the error of Postgres. What is half-built is dropped before,
 * unless the build was cancelled or a lock was held.
 */
export const buildConcurrently = async (client: ClientBase, index: WantedIndex): Promise<void> => {
  if ((await findIndex(client, index))?.isValid === true) return
  await dropInvalid(client, index)
  try {
    await client.query(bindSchema(index.statement, index.schemaName))
  } catch (error) {
    // The transaction that it waited for keeps the index from being dropped, too; the next attempt drops it.
    if (!isHeld(error) && errorCode(error) !== CANCELLED) await dropInvalid(client, index)
    throw error
  }
}
