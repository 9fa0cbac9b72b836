// Work that locks tables while requests read them. After a deadlock, or after a wait for a lock, Postgres has
// undone it, so it can run again.

import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'

/** serialization_failure, deadlock_detected, lock_not_available: Postgres has undone the transaction. */
const GIVEN_UP: readonly unknown[] = ['40001', '40P01', '55P03']

export const isGivenUp = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && GIVEN_UP.includes(error.code)

const MAX_ATTEMPTS = 12
const PAUSE_MS = 50
/** Everything that reads a table queues up behind a lock that waits for it. */
export const LOCK_TIMEOUT_MS = 500
const WAIT_BRIEFLY = `set local lock_timeout = ${LOCK_TIMEOUT_MS}`

/** Runs the work again, up to twelve times, while Postgres gives it up. */
export const repeated = async <T>(run: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (!isGivenUp(error) || attempt === MAX_ATTEMPTS) throw error
      await sleep(PAUSE_MS * attempt * (0.5 + Math.random()))
    }
  }
}

/** Clients whose transaction is repeated from its begin. */
const repeating = new WeakSet<ClientBase>()

/** Whether what Postgres gives up is repeated with the whole transaction. */
export const isRepeating = (client: ClientBase): boolean => repeating.has(client)

/** Runs the work of a transaction that is repeated from its begin. */
export const asRepeated = async <T>(client: ClientBase, work: () => Promise<T>): Promise<T> => {
  repeating.add(client)
  try {
    await client.query(WAIT_BRIEFLY)
    return await work()
  } finally {
    repeating.delete(client)
  }
}

/**
 * Runs a part of the client's transaction, again when Postgres gives it up: the locks of the part are free
 * before the next attempt. The rest of the transaction must hold no lock that a request waits for.
 */
export const inRetriedSavepoint = async <T>(client: ClientBase, work: () => Promise<T>): Promise<T> => {
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
      // A lost connection cannot answer; its own error is the cause.
      await client.query('rollback to savepoint retried; release savepoint retried').catch(() => {})
      throw error
    }
  })
}
