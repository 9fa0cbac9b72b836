// Citus distributes schemas over nodes. Tenantry places no workspaces on a cluster: it runs in a database
// with the extension as long as everything of its own is local to the coordinator, and refuses the rest
// before the first change.

import type pg from 'pg'

interface CitusState {
  readonly isWorker: boolean
  readonly shardsNewSchemas: boolean
}

const STATE_SQL = `select (select groupid <> 0 from pg_catalog.pg_dist_local_group) as "isWorker",
  current_setting('citus.enable_schema_based_sharding', true) = 'on' as "shardsNewSchemas"`

/** The workspaces whose schema was distributed by hand. */
const DISTRIBUTED_SQL = `select s.nspname::text as schema from tenantry.workspaces w
  join pg_catalog.pg_namespace s on s.nspname = w.schema_name
  join pg_catalog.pg_dist_schema d on d.schemaid = s.oid order by 1`

const refuseState = ({ isWorker, shardsNewSchemas }: CitusState): void => {
  if (isWorker)
    throw new Error('This Postgres is a worker of a Citus cluster. Point DATABASE_URL at the coordinator.')
  if (shardsNewSchemas)
    throw new Error(
      'citus.enable_schema_based_sharding is on, and Citus would distribute the schemas of workspaces, which Tenantry ' +
        'does not support. Switch it off for this database: ' +
        'alter database … set citus.enable_schema_based_sharding = off. Workspaces are then on the coordinator alone.',
    )
}

const refuseDistributed = async (client: pg.ClientBase): Promise<void> => {
  const { rows: found } = await client.query<{ there: boolean }>(
    `select to_regclass('tenantry.workspaces') is not null as there`,
  )
  if (found[0]?.there !== true) return
  const { rows } = await client.query<{ schema: string }>(DISTRIBUTED_SQL)
  const [first] = rows
  if (first === undefined) return
  throw new Error(
    `Citus has distributed the schemas of workspaces (${rows.length}, such as ${first.schema}), which Tenantry does not ` +
      `support. Bring them back to the coordinator: select citus_schema_undistribute('${first.schema}').`,
  )
}

/** Rejects where Citus distributes, or would distribute, what Tenantry expects on one Postgres. */
export const refuseDistribution = async (client: pg.ClientBase): Promise<void> => {
  const { rowCount } = await client.query(`select from pg_catalog.pg_extension where extname = 'citus'`)
  if (rowCount === 0) return
  const { rows } = await client.query<CitusState>(STATE_SQL)
  for (const state of rows) refuseState(state)
  await refuseDistributed(client)
}
