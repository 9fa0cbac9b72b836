// Citus distributes schemas over nodes. A start reads here whether the database is the coordinator of a
// cluster with workers: workspaces are then placed on its nodes (nodes/citus.ts). A database with the
// extension and without workers is one Postgres, where everything is local.

import type pg from 'pg'
import { quoteIdentifier } from './placeholder.ts'

/** Releases of Citus that were tried, with their oldest and newest Postgres. */
const SUPPORTED: readonly { readonly release: string; readonly servers: readonly [number, number] }[] = [
  { release: '13.2', servers: [15, 17] },
  { release: '14', servers: [16, 18] },
]

interface CitusState {
  /** `13.2-1` */
  readonly version: string
  /** Major version of Postgres. */
  readonly server: number
  readonly isWorker: boolean
  readonly hasWorkers: boolean
  readonly shardsNewSchemas: boolean
}

const STATE_SQL = `select (select extversion from pg_catalog.pg_extension where extname = 'citus') as version,
  current_setting('server_version_num')::int / 10000 as server,
  coalesce((select groupid <> 0 from pg_catalog.pg_dist_local_group), false) as "isWorker",
  exists (select from pg_catalog.pg_dist_node where groupid <> 0 and noderole = 'primary' and isactive) as "hasWorkers",
  coalesce(current_setting('citus.enable_schema_based_sharding', true) = 'on', false) as "shardsNewSchemas"`

/** The workspaces whose schema was distributed. */
const DISTRIBUTED_SQL = `select s.nspname::text as schema from tenantry.workspaces w
  join pg_catalog.pg_namespace s on s.nspname = w.schema_name
  join pg_catalog.pg_dist_schema d on d.schemaid = s.oid order by 1`

type Queries = Pick<pg.ClientBase, 'query'>

/** Null: the database does not have the extension. */
const readState = async (client: Queries): Promise<CitusState | null> => {
  const { rowCount } = await client.query(`select from pg_catalog.pg_extension where extname = 'citus'`)
  if (rowCount === 0) return null
  const { rows } = await client.query<CitusState>(STATE_SQL)
  return rows[0] ?? null
}

/** Whether the database is the coordinator of a cluster that has workers. */
export const isCoordinator = async (client: Queries): Promise<boolean> => {
  const state = await readState(client)
  return state?.hasWorkers === true && !state.isWorker
}

const clusters = new WeakMap<pg.ClientBase, Promise<boolean>>()

/** The same, asked once for each connection. */
export const isOnCluster = (client: pg.ClientBase): Promise<boolean> => {
  const known = clusters.get(client)
  if (known !== undefined) return known
  const found = isCoordinator(client)
  clusters.set(client, found)
  found.catch(() => clusters.delete(client))
  return found
}

/** As `server_version_num`. The same round trip finds a database without Citus. */
export const readServerVersion = async (client: pg.ClientBase): Promise<number> => {
  const { rows } = await client.query<{ version: number; hasCitus: boolean }>(
    `select current_setting('server_version_num')::int as version,
       exists (select from pg_catalog.pg_extension where extname = 'citus') as "hasCitus"`,
  )
  if (rows[0]?.hasCitus === false) clusters.set(client, Promise.resolve(false))
  return rows[0]?.version ?? 0
}

/**
 * Citus refuses these. A sequence that a default uses already gets no owner: it stays when its column goes
 * (tenants/model/change/run/unusedSequences.ts). A constraint keeps its name when its table or column gets
 * another one.
 */
const OMITTED = /^alter sequence .+ owned by |^alter table .+ rename constraint /

/**
 * Runs statements in order: in one round trip, or one by one on a cluster, where Citus takes one command of
 * DDL per message.
 */
export const runInOrder = async (client: pg.ClientBase, statements: readonly string[]): Promise<void> => {
  if (statements.length === 0) return
  if (!(await isOnCluster(client))) {
    await client.query(statements.join(';\n'))
    return
  }
  for (const statement of statements) if (!OMITTED.test(statement)) await client.query(statement)
}

/** The statements that create a schema, whose tables a cluster then places on one of its nodes. */
export const newSchema = async (client: pg.ClientBase, name: string): Promise<readonly string[]> => {
  const statement = `create schema ${quoteIdentifier(name)}`
  const sharding = (state: 'on' | 'off'): string => `set local citus.enable_schema_based_sharding = ${state}`
  return (await isOnCluster(client)) ? [sharding('on'), statement, sharding('off')] : [statement]
}

/** @returns why workspaces cannot be placed on the cluster; null if they can */
export const unsupportedCitus = ({
  version,
  server,
}: Pick<CitusState, 'version' | 'server'>): string | null => {
  const supported = SUPPORTED.find(({ release }) => new RegExp(`^${release}\\b`).test(version))
  if (supported !== undefined && server >= supported.servers[0] && server <= supported.servers[1]) return null
  const tried = SUPPORTED.map(
    ({ release, servers: [from, to] }) => `Citus ${release} on Postgres ${from} to ${to}`,
  )
  return (
    `This is a cluster of Citus ${version} on Postgres ${server}. Tenantry places workspaces on ${tried.join(', and on ')}. ` +
    'Update Citus, or remove the workers from this database.'
  )
}

const refuseState = (state: CitusState): void => {
  if (state.isWorker)
    throw new Error('This Postgres is a worker of a Citus cluster. Point DATABASE_URL at the coordinator.')
  const unsupported = state.hasWorkers ? unsupportedCitus(state) : null
  if (unsupported !== null) throw new Error(unsupported)
  if (state.shardsNewSchemas)
    throw new Error(
      'citus.enable_schema_based_sharding is on, and Citus would distribute the control schema, which must stay on the ' +
        'coordinator. Switch it off for this database: alter database … set citus.enable_schema_based_sharding = off. On a ' +
        'cluster with workers Tenantry switches it on by itself where it creates a workspace.',
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
    `Citus has distributed the schemas of workspaces (${rows.length}, such as ${first.schema}), and the cluster has no ` +
      `worker. Add one, or bring them back to the coordinator: select citus_schema_undistribute('${first.schema}').`,
  )
}

/**
 * Triggers of distributed tables, which log changes and guard members, are made on the shards and fire on the
 * node that holds them. Citus allows them by a setting: of the database, since SQL by hand makes tables too.
 */
const allowTriggers = async (client: pg.ClientBase): Promise<void> => {
  const { rows } = await client.query<{ database: string; areAllowed: boolean }>(
    `select current_database() as database, current_setting('citus.enable_unsafe_triggers')::bool as "areAllowed"`,
  )
  const [state] = rows
  if (state === undefined || state.areAllowed) return
  await client.query(
    `alter database ${quoteIdentifier(state.database)} set citus.enable_unsafe_triggers = on`,
  )
  // For this session, which began before.
  await client.query('set citus.enable_unsafe_triggers = on')
}

/**
 * Lets Citus carry memberships of a login to the workers. A role that existed before the cluster, or that
 * another database made, is not an object of Citus until something of the cluster is granted to it.
 */
export const carryLogin = async (client: pg.Pool, role: string): Promise<void> => {
  if (!(await isCoordinator(client))) return
  const { rowCount } = await client.query(
    `select from pg_catalog.pg_dist_object
     where classid = 'pg_catalog.pg_authid'::regclass and objid = (select oid from pg_catalog.pg_roles where rolname = $1)`,
    [role],
  )
  if (rowCount === 0)
    await client.query(`grant execute on function tenantry_request.in_turn to ${quoteIdentifier(role)}`)
}

/**
 * Prepares the database of a cluster. Rejects where Citus distributes, or would distribute, what must be on
 * one Postgres.
 */
export const settleCitus = async (client: pg.ClientBase): Promise<void> => {
  const state = await readState(client)
  if (state === null) return
  refuseState(state)
  await (state.hasWorkers ? allowTriggers : refuseDistributed)(client)
}
