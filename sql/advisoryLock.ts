// Work that one process at a time does, whichever that is. In: the owner's pool and a name; out: what the
// work gives, or null where another one is at it. The lock is the session's and goes with it, so a process
// that dies holds up nobody.

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
