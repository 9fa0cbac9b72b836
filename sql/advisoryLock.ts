// Runs work in one process at a time, under a session-level advisory lock. Returns null when another process
// holds the lock. Postgres releases the lock with the session, so a process that dies blocks no other.

import type pg from 'pg'

export const tryAlone = async <T>(pool: pg.Pool, name: string, work: () => Promise<T>): Promise<T | null> => {
  const client = await pool.connect()
  let broken: Error | undefined
  const onError = (error: Error): void => {
    broken = error
  }
  client.on('error', onError)
  try {
    const { rows } = await client.query<{ isMine: boolean }>(
      `select pg_try_advisory_lock(hashtext('tenantry'), hashtext($1)) as "isMine"`,
      [name],
    )
    if (rows[0]?.isMine !== true) return null
    try {
      return await work()
    } finally {
      await client
        .query(`select pg_advisory_unlock(hashtext('tenantry'), hashtext($1))`, [name])
        .catch((error: Error) => {
          broken ??= error
        })
    }
  } finally {
    client.removeListener('error', onError)
    client.release(broken)
  }
}
