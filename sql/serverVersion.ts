// The versions of Postgres that Tenantry runs on.

import type pg from 'pg'

export const OLDEST_SERVER = 15
export const NEWEST_SERVER = 18

/** The major version. Rejects for one that Tenantry does not run on. */
export const checkServerVersion = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query<{ version: string }>(
    `select current_setting('server_version_num') as version`,
  )
  const version = Math.floor(Number(rows[0]?.version) / 10_000)
  if (version >= OLDEST_SERVER && version <= NEWEST_SERVER) return version
  throw new Error(
    `This is Postgres ${version}; Tenantry runs on Postgres ${OLDEST_SERVER} to ${NEWEST_SERVER}. Point DATABASE_URL to one ` +
      'of these, or leave it empty to use the embedded one.',
  )
}
