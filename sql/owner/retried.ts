// Transactions that take table locks while requests read the tables. A deadlock, or a wait for a lock, ends
// the attempt; the next one starts from the beginning, since nothing of it is left.

import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Connection, inTransaction } from '../ownerPool.ts'

/**
 * A transaction that Postgres gave up, whole, for the sake of another: serialization_failure,
 * deadlock_detected, lock_not_available.
 */
const GIVEN_UP: readonly unknown[] = ['40001', '40P01', '55P03']

export const isGivenUp = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && GIVEN_UP.includes(error.code)

const MAX_ATTEMPTS = 12
const PAUSE_MS = 50
/** Everything that reads a table queues up behind a lock that waits for it. */
export const LOCK_TIMEOUT_MS = 500
const WAIT_BRIEFLY = `set local lock_timeout = ${LOCK_TIMEOUT_MS}`

const repeated = async <T>(run: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (!isGivenUp(error) || attempt === MAX_ATTEMPTS) throw error
      await sleep(PAUSE_MS * attempt * (0.5 + Math.random()))
    }
  }
}

/** Clients whose transaction is repeated as a whole. */
const repeating = new WeakSet<pg.ClientBase>()

/**
 * The same, again when Postgres gives the transaction up in a deadlock, or when it has waited for a lock.
 * `work` must do nothing but queries. For changes that lock several tables while requests read them.
 */
export const inRetriedTransaction = async <T>(
  connection: Connection,
  work: (client: pg.ClientBase) => Promise<T>,
  changes?: string,
): Promise<T> => {
  // The transaction of a caller is the caller's to repeat.
  if (!(connection instanceof pg.Pool)) return work(connection)
  return repeated(() =>
    inTransaction(
      connection,
      async (client) => {
        repeating.add(client)
        try {
          await client.query(WAIT_BRIEFLY)
          return await work(client)
        } finally {
          repeating.delete(client)
        }
      },
      changes === undefined ? {} : { changes },
    ),
  )
}

/**
 * The same for a part of the client's transaction: a lock that the part took is free before the next attempt.
 * The rest of the transaction must hold no lock that a request waits for.
 */
export const inRetriedSavepoint = async <T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> => {
  if (repeating.has(client)) return work()
  const { rows } = await client.query<{ timeout: string }>(
    `select pg_catalog.current_setting('lock_timeout') as timeout`,
  )
  return repeated(async () => {
    await client.query(`savepoint retried; ${WAIT_BRIEFLY}`)
    try {
      const result = await work()
      await client.query(`set local lock_timeout = '${rows[0]?.timeout}'; release savepoint retried`)
      return result
    } catch (error) {
      // A lost connection cannot answer; its own error says more.
      await client.query('rollback to savepoint retried; release savepoint retried').catch(() => {})
      throw error
    }
  })
}
