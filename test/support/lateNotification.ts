// Holds up the notifications of one gateway, by stopping the backend that listens for it.

import type { Pool } from 'pg'

/** @param pool of a database that one gateway listens to */
export const withoutNotifications = async (pool: Pool, act: () => Promise<void>): Promise<void> => {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity
     where datname = current_database() and application_name = 'tenantry (listener)'`,
  )
  const [{ pid } = { pid: 0 }] = rows
  if (rows.length !== 1 || pid <= 0) throw new Error(`${rows.length} backends listen`)
  process.kill(pid, 'SIGSTOP')
  try {
    await act()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}
