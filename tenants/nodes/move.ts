// Moves of workspaces between nodes, by Citus' own functions. Each refuses where a target lacks the runtime
// schema: requests that write would fail there.

import type { Pool } from 'pg'
import { isUsable, readNodeSchema } from '../../sql/nodes/prepareNode.ts'
import type { Connection } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { WorkerNode } from '../../sql/placement.ts'
import { Refusal } from '../refusal.ts'
import { NODE_COLUMNS, PLACED, requireCluster, runtimeSchemaOf } from './cluster.ts'

interface Target {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly isCoordinator: boolean
  readonly isActive: boolean
  readonly takesWorkspaces: boolean
}

interface MoveOptions {
  readonly workers: readonly WorkerNode[]
  /** Writes wait until the move is over. Needed where a table has no replica identity. */
  readonly blocksWrites: boolean
}

const TARGETS_SQL = `select ${NODE_COLUMNS}
  from pg_catalog.pg_dist_node n where n.noderole = 'primary' order by n.groupid`

/** A logical transfer needs a key for updates and deletes. */
const WITHOUT_IDENTITY_SQL = `select n.nspname::text as schema, c.relname::text as name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_dist_schema d on d.schemaid = n.oid
  where ($1::text is null or n.nspname = $1) and c.relkind in ('r', 'p') and c.relreplident <> 'f' and not exists (
    select from pg_catalog.pg_index i where i.indrelid = c.oid
      and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end
  ) order by 1, 2 limit 4`

const HELD_SQL = `select placed.groupid = 0 as "isCoordinator", n.nodename || ':' || n.nodeport as name
  from ${PLACED} join pg_catalog.pg_namespace s on s.oid = d.schemaid
  left join pg_catalog.pg_dist_node n on n.groupid = placed.groupid and n.noderole = 'primary'
  where s.nspname = $1`

const refuseWithoutIdentity = async (connection: Connection, schema: string | null): Promise<void> => {
  const { rows } = await connection.query<{ schema: string; name: string }>(WITHOUT_IDENTITY_SQL, [schema])
  if (rows.length === 0) return
  const names = rows.slice(0, 3).map((row) => (schema === null ? `${row.schema}.${row.name}` : row.name))
  throw new Refusal(
    'CONFLICT',
    `${names.join(', ')}${rows.length > 3 ? ' and others' : ''}: without a primary key or a replica identity, changes ` +
      'during the move cannot be copied.',
    {
      hint: 'Add a primary key, or move with --block-writes (blockWrites), where writes wait until the move is over.',
    },
  )
}

const requirePrepared = async (
  targets: readonly Pick<Target, 'name'>[],
  workers: readonly WorkerNode[],
): Promise<void> => {
  for (const { name } of targets) {
    const state = await runtimeSchemaOf(name, workers)
    if (state === 'away') throw new Refusal('CONFLICT', `The node ${name} does not answer.`)
    if (isUsable(state)) continue
    throw new Refusal('CONFLICT', `The node ${name} lacks the current runtime schema (${state}).`, {
      hint: 'Run `tenantry nodes prepare`.',
    })
  }
}

const modeOf = ({ blocksWrites }: MoveOptions): string => (blocksWrites ? 'block_writes' : 'force_logical')

const readTargets = async (connection: Connection): Promise<readonly Target[]> =>
  (await connection.query<Target>(TARGETS_SQL)).rows

const namesOf = (targets: readonly Target[]): string =>
  targets
    .filter(({ isCoordinator }) => !isCoordinator)
    .map(({ name }) => name)
    .join(', ')

/** Whether workspaces may be placed there. */
const isOpen = ({ isActive, takesWorkspaces, isCoordinator }: Target): boolean =>
  isActive && takesWorkspaces && !isCoordinator

const findTarget = async (connection: Connection, name: string): Promise<Target> => {
  const targets = await readTargets(connection)
  const found = targets.find((each) => each.name === name)
  if (found === undefined)
    throw new Refusal('NOT_FOUND', `There is no node ${name}.`, { hint: `There are: ${namesOf(targets)}.` })
  if (found.isCoordinator)
    throw new Refusal('CONFLICT', 'The coordinator holds no workspaces: it serves the whole cluster.')
  if (!found.isActive) throw new Refusal('CONFLICT', `The node ${name} is not active.`)
  return found
}

/** Citus runs one job at a time. */
const refuseRunning = async (connection: Connection): Promise<void> => {
  const { rows } = await connection.query<{ job: string }>(
    `select job_id::text as job from pg_catalog.pg_dist_background_job
     where job_type = 'rebalance' and state::text in ('scheduled', 'running', 'cancelling', 'failing') limit 1`,
  )
  const [running] = rows
  if (running === undefined) return
  throw new Refusal('CONFLICT', `Moves are running already, as job ${running.job}.`, {
    hint: '`tenantry nodes list` shows them. Wait for their end, or stop them: select citus_rebalance_stop().',
  })
}

/** A move, checked and not begun. */
interface PlannedMove {
  readonly from: string
  readonly to: string
  /** Returns when the target serves the workspace. */
  readonly run: (pool: Pool) => Promise<void>
}

/**
 * A move of one workspace. While it runs, reads never fail; writes wait for a moment at its end, or all the
 * time with `blocksWrites`.
 */
export const planMove = async (
  connection: Connection,
  schema: string,
  node: string,
  options: MoveOptions,
): Promise<PlannedMove> => {
  await requireCluster(connection)
  const target = await findTarget(connection, node)
  const { rows } = await connection.query<{ isCoordinator: boolean; name: string }>(HELD_SQL, [schema])
  const [held] = rows
  if (held === undefined)
    throw new Refusal(
      'CONFLICT',
      'Citus does not distribute the workspace: it is on the coordinator, or has no table yet.',
      { hint: 'Distribute its schema first: select citus_schema_distribute(…).' },
    )
  if (!target.takesWorkspaces)
    throw new Refusal('CONFLICT', `The node ${target.name} is drained: workspaces do not move there.`, {
      hint: `Return it first: select citus_set_node_property('${target.host}', ${target.port}, 'shouldhaveshards', true).`,
    })
  if (held.name === target.name) throw new Refusal('CONFLICT', `The workspace is on ${target.name} already.`)
  await requirePrepared([target], options.workers)
  if (!options.blocksWrites) await refuseWithoutIdentity(connection, schema)
  return {
    from: held.name,
    to: target.name,
    run: async (pool) => {
      await pool.query(
        'select pg_catalog.citus_schema_move($1::regnamespace, $2, $3, $4::citus.shard_transfer_mode)',
        [quoteIdentifier(schema), target.host, target.port, modeOf(options)],
      )
    },
  }
}

/** Moves that Citus makes in the background. */
interface PlannedJob {
  /** Starts them. @returns the job of Citus; null: there is nothing to move */
  readonly start: (pool: Pool) => Promise<string | null>
}

const startJob = async (pool: Pool, options: MoveOptions, drainsOnly: boolean): Promise<string | null> => {
  const { rows } = await pool.query<{ job: string | null }>(
    `select pg_catalog.citus_rebalance_start('by_disk_size', $1, $2::citus.shard_transfer_mode) as job`,
    [drainsOnly, modeOf(options)],
  )
  return rows[0]?.job ?? null
}

/** Moves until the workers have about as much data each. */
export const planRebalance = async (connection: Connection, options: MoveOptions): Promise<PlannedJob> => {
  await requireCluster(connection)
  await refuseRunning(connection)
  const targets = await readTargets(connection)
  await requirePrepared(targets.filter(isOpen), options.workers)
  if (!options.blocksWrites) await refuseWithoutIdentity(connection, null)
  return { start: (pool) => startJob(pool, options, false) }
}

/** New workspaces go elsewhere, and those of the node are moved. */
export const planDrain = async (
  connection: Connection,
  node: string,
  options: MoveOptions,
): Promise<PlannedJob> => {
  await requireCluster(connection)
  const { name, host, port } = await findTarget(connection, node)
  const others = (await readTargets(connection)).filter((each) => isOpen(each) && each.name !== name)
  if (others.length === 0)
    throw new Refusal('CONFLICT', `No other node takes workspaces, so ${name} cannot be drained.`)
  await refuseRunning(connection)
  await requirePrepared(others, options.workers)
  if (!options.blocksWrites) await refuseWithoutIdentity(connection, null)
  return {
    start: async (pool) => {
      await pool.query(`select pg_catalog.citus_set_node_property($1, $2, 'shouldhaveshards', false)`, [
        host,
        port,
      ])
      return startJob(pool, options, true)
    },
  }
}

interface DrainState {
  readonly workspaces: number
  /** Rows of its change log that the coordinator does not have yet. */
  readonly changes: number
}

const countUnmoved = async (owner: Pool): Promise<number> => {
  // Nothing was ever logged there.
  if ((await readNodeSchema(owner)) === 'missing') return 0
  const { rows } = await owner.query<{ changes: number }>(
    'select count(*)::int as changes from (select from tenantry_runtime.changes limit 100000) c',
  )
  return rows[0]?.changes ?? 0
}

/** What a node still holds. It can be removed when both are 0. */
export const readDrain = async (
  pool: Pool,
  node: string,
  workers: readonly WorkerNode[],
): Promise<DrainState> => {
  const { rows } = await pool.query<{ workspaces: number }>(
    `select count(*)::int as workspaces from ${PLACED}
     join pg_catalog.pg_dist_node n on n.groupid = placed.groupid where n.nodename || ':' || n.nodeport = $1`,
    [node],
  )
  const owner = workers.find(({ name }) => name === node)?.owner
  return {
    workspaces: rows[0]?.workspaces ?? 0,
    changes: owner === undefined ? 0 : await countUnmoved(owner),
  }
}
