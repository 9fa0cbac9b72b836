// How many workspaces one Postgres server should hold. Above it the catalogs outgrow the caches of a small
// server: first requests, dumps and recovery take long (bench/workspaces.ts measures them).

import type { ClientBase, Pool } from 'pg'
import type { Log } from '../../sql/log.ts'

export const WORKSPACES_PER_SERVER = 10_000
const NEAR = 0.8

/** The number of workspaces with a schema, including deleted ones that can be restored. */
export const countSchemas = async (connection: ClientBase | Pool): Promise<number> => {
  const { rows } = await connection.query<{ count: number }>(
    'select count(*)::int as count from tenantry.workspaces',
  )
  return rows[0]?.count ?? 0
}

export const isNearCeiling = (workspaces: number, ceiling = WORKSPACES_PER_SERVER): boolean =>
  workspaces >= NEAR * ceiling

/** Warns where a server holds four fifths of what is recommended. */
export const warnNearCeiling = async (
  pool: Pool,
  log: Log,
  ceiling = WORKSPACES_PER_SERVER,
): Promise<void> => {
  const workspaces = await countSchemas(pool)
  if (isNearCeiling(workspaces, ceiling))
    log.warn(
      { workspaces, ceiling },
      'this Postgres server is close to the recommended maximum of workspaces',
    )
}
