// The nodes of a Citus cluster as operators see them: workspaces, sizes, running moves. Sizes come from the
// nodes, which Citus asks: on the coordinator the tables of workspaces are empty.

import { setTimeout as sleep } from 'node:timers/promises'
import { readNodeSchema } from '../../sql/nodes/prepareNode.ts'
import { type Connection, inTransaction } from '../../sql/ownerPool.ts'
import type { WorkerNode } from '../../sql/placement.ts'
import { Refusal } from '../refusal.ts'

export interface ClusterNode {
  /** `host:port`, as in `pg_dist_node`. */
  readonly name: string
  readonly isCoordinator: boolean
  readonly isActive: boolean
  /** New workspaces may be placed there. */
  readonly takesWorkspaces: boolean
  readonly workspaces: number
  /** Of the workspaces' tables and indexes; null: a node does not answer. */
  readonly bytes: number | null
  /** The tables that requests need; `away`: the node does not answer. */
  readonly runtimeSchema: 'current' | 'newer' | 'old' | 'missing' | 'away' | null
}

export interface Move {
  readonly schema: string
  readonly from: string
  readonly to: string
  readonly status: string
  readonly copiedBytes: number
  readonly bytes: number
}

export interface Cluster {
  readonly nodes: readonly ClusterNode[]
  readonly moves: readonly Move[]
}

interface NodeRow extends Omit<ClusterNode, 'bytes' | 'runtimeSchema' | 'workspaces'> {
  readonly host: string
  readonly port: number
  readonly workspaces: string
}

const IS_CLUSTER_SQL = `select exists (select from pg_catalog.pg_extension where extname = 'citus') as "hasCitus"`
const HAS_WORKERS_SQL = `select exists (
    select from pg_catalog.pg_dist_node where groupid <> 0 and noderole = 'primary'
  ) and (select groupid = 0 from pg_catalog.pg_dist_local_group) as "hasWorkers"`

/** Whether the database is the coordinator of a cluster that has workers. */
export const hasNodes = async (connection: Connection): Promise<boolean> => {
  const { rows } = await connection.query<{ hasCitus: boolean }>(IS_CLUSTER_SQL)
  if (rows[0]?.hasCitus !== true) return false
  const { rows: found } = await connection.query<{ hasWorkers: boolean }>(HAS_WORKERS_SQL)
  return found[0]?.hasWorkers === true
}

/** Rejects where all workspaces are in one Postgres. */
export const requireCluster = async (connection: Connection): Promise<void> => {
  if (await hasNodes(connection)) return
  throw new Refusal('CONFLICT', 'One Postgres holds all workspaces, so there are no nodes.', {
    hint: 'Nodes are the workers of a Citus cluster whose coordinator is in DATABASE_URL: docs/how-to/beyond-one-postgres.md.',
  })
}

/** The node that holds each distributed schema. */
export const PLACED = `pg_catalog.pg_dist_schema d
  cross join lateral (
    select x.groupid from pg_catalog.pg_dist_partition p
    join pg_catalog.pg_dist_shard h on h.logicalrelid = p.logicalrelid
    join pg_catalog.pg_dist_placement x on x.shardid = h.shardid
    where p.colocationid = d.colocationid limit 1
  ) placed`

/** Of `pg_dist_node`, as `n`. */
export const NODE_COLUMNS = `n.nodename || ':' || n.nodeport as name, n.nodename as host, n.nodeport as port, n.groupid = 0 as "isCoordinator",
    n.isactive as "isActive", n.shouldhaveshards as "takesWorkspaces"`

const NODES_SQL = `select ${NODE_COLUMNS}, coalesce(c.workspaces, 0) as workspaces
  from pg_catalog.pg_dist_node n
  left join (select placed.groupid, count(*) as workspaces from ${PLACED} group by 1) c on c.groupid = n.groupid
  where n.noderole = 'primary' order by n.groupid`

const SIZES_SQL = `select s.nodename || ':' || s.nodeport as name, sum(s.shard_size)::float8 as bytes
  from pg_catalog.citus_shards s group by 1`

const MOVES_SQL = `select c.relnamespace::regnamespace::text as schema, p.sourcename || ':' || p.sourceport as "from",
    p.targetname || ':' || p.targetport as "to", min(p.status) as status,
    sum(p.target_shard_size)::float8 as "copiedBytes", sum(p.source_shard_size)::float8 as bytes
  from pg_catalog.get_rebalance_progress() p join pg_catalog.pg_class c on c.oid = p.table_name
  group by 1, 2, 3 order by 1`

const ANSWERS_WITHIN_MS = 10_000
const SCHEMA_WITHIN_MS = 2_000

/** Null: a node does not answer. */
const readSizes = async (connection: Connection): Promise<ReadonlyMap<string, number> | null> => {
  try {
    return await inTransaction(connection, async (client) => {
      await client.query(`set local statement_timeout = ${ANSWERS_WITHIN_MS}`)
      const { rows } = await client.query<{ name: string; bytes: number }>(SIZES_SQL)
      return new Map(rows.map(({ name, bytes }) => [name, bytes]))
    })
  } catch {
    return null
  }
}

/** Of a worker. A pool waits longer for a server that was there before. */
export const runtimeSchemaOf = async (
  name: string,
  workers: readonly WorkerNode[],
): Promise<NonNullable<ClusterNode['runtimeSchema']>> => {
  const worker = workers.find((each) => each.name === name)
  if (worker === undefined) return 'away'
  const limit = new AbortController()
  try {
    return await Promise.race([
      readNodeSchema(worker.owner).catch(() => 'away' as const),
      sleep(SCHEMA_WITHIN_MS, 'away' as const, { signal: limit.signal, ref: false }),
    ])
  } finally {
    limit.abort()
  }
}

/**
 * @param connection a pool
 * @param workers with the owner's connections; named as in `pg_dist_node`
 */
export const readCluster = async (
  connection: Connection,
  workers: readonly WorkerNode[],
): Promise<Cluster> => {
  await requireCluster(connection)
  const { rows } = await connection.query<NodeRow>(NODES_SQL)
  const [sizes, states] = await Promise.all([
    readSizes(connection),
    Promise.all(
      rows.map(({ name, isCoordinator }) => (isCoordinator ? null : runtimeSchemaOf(name, workers))),
    ),
  ])
  const { rows: moves } = await connection.query<Move>(MOVES_SQL)
  return {
    nodes: rows.map(({ host: _, port: __, workspaces, ...node }, at) => ({
      ...node,
      workspaces: Number(workspaces),
      // Citus leaves a node that does not answer out of its sizes.
      bytes: sizes === null || states[at] === 'away' ? null : (sizes.get(node.name) ?? 0),
      runtimeSchema: states[at] ?? null,
    })),
    moves,
  }
}
