// A concurrent build of an index locks its table and waits for the transactions that write to it. Such a
// transaction may then want a lock that the build holds (analyze, DDL): a deadlock, of which Postgres ends
// the session that began to wait last, the user's. So a watch on a connection of its own cancels the build
// first.

import type { ClientBase, Pool } from 'pg'

/** A fraction of the shortest useful deadlock_timeout; the default is a second. */
const LOOK_EVERY_MS = 100

/** Cancels the backend if it waits while another one waits for it. */
const CANCEL_SQL = `select pg_cancel_backend($1::int) as cancelled
from pg_stat_activity me
where me.pid = $1 and me.wait_event_type = 'Lock' and exists (
  select from pg_stat_activity a
  where a.pid <> $1 and a.wait_event_type = 'Lock' and $1 = any (pg_blocking_pids(a.pid)))`

/** The build was cancelled for a transaction; its index is invalid. A lock that was not to be had. */
class GaveWay extends Error {
  readonly code = '55P03'
}

/** Only takes an idle connection: a change never waits for its own watch. */
const isFree = (pool: Pool): boolean =>
  pool.waitingCount === 0 && (pool.idleCount > 0 || pool.totalCount < (pool.options.max ?? 0))

/**
 * Runs a statement that builds or drops an index concurrently. Throws GaveWay if it was ended for a
 * transaction that needs its lock.
 */
export const givingWay = async (
  pool: Pool,
  client: ClientBase,
  run: () => Promise<unknown>,
): Promise<void> => {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  let wasCancelled = false
  let looking: Promise<void> | null = null
  const look = async (): Promise<void> => {
    try {
      const { rowCount } = await pool.query(CANCEL_SQL, [pid])
      wasCancelled ||= rowCount === 1
    } catch {
      // The next look may succeed.
    }
    looking = null
  }
  const timer = setInterval(() => {
    if (isFree(pool)) looking ??= look()
  }, LOOK_EVERY_MS)
  try {
    await run()
  } catch (error) {
    // A look that has cancelled may not have returned yet.
    clearInterval(timer)
    await looking
    throw wasCancelled ? new GaveWay('The build gave way to a transaction.', { cause: error }) : error
  } finally {
    clearInterval(timer)
    // Otherwise it could cancel the next statement of the session.
    await looking
  }
}
