// Workspaces that leave a node whose change log is not waited for.

import type { Pool } from 'pg'
import { resetCapture } from '../changes/capture.ts'
import { PLACED } from './cluster.ts'

/** Ids of the workspaces on a node. */
export const workspacesOn = async (pool: Pool, node: string): Promise<readonly string[]> => {
  const { rows: found } = await pool.query<{ there: boolean }>(
    `select to_regclass('pg_catalog.pg_dist_schema') is not null as there`,
  )
  if (found[0]?.there !== true) return []
  const { rows } = await pool.query<{ id: string }>(
    `select w.id from ${PLACED}
     join pg_catalog.pg_dist_node n on n.groupid = placed.groupid
     join pg_catalog.pg_namespace s on s.oid = d.schemaid
     join tenantry.workspaces w on w.schema_name = s.nspname
     where n.nodename || ':' || n.nodeport = $1 order by w.id`,
    [node],
  )
  return rows.map(({ id }) => id)
}

/** Readers of their changes start over: changes of the node may be missing. */
export const restartFeeds = async (pool: Pool, workspaceIds: readonly string[]): Promise<void> => {
  for (const id of workspaceIds) await resetCapture(pool, id)
}
