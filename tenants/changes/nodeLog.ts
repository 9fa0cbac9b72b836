// The change log of one node, as the collector reads it (collectLogs.ts): a cut is a snapshot that stays open
// while pages are read, a position is what the coordinator has of it.

import type { ClientBase, Pool, PoolClient } from 'pg'
import type { WorkerNode } from '../../sql/placement.ts'

interface NodePosition {
  readonly snapshot: string
  readonly lastId: string
  /** The rows of these alone; null: of all. */
  readonly workspaceIds: readonly string[] | null
}

export interface NodeRow {
  readonly id: string
  readonly at: string
  readonly workspaceId: string
  readonly tableOid: string
  readonly operation: string
  readonly statement: string | null
  readonly rowCount: string | null
  readonly before: string | null
  readonly after: string | null
  readonly isComplete: boolean
  readonly actor: string | null
}

/** What a node shows at the cut. */
export interface NodeCut {
  readonly worker: WorkerNode
  readonly client: PoolClient
  readonly snapshot: string
  readonly workspaceIds: readonly string[]
}

export interface NodePage {
  readonly cut: NodeCut
  readonly rows: readonly NodeRow[]
  /** Once its rows are moved. */
  readonly position: NodePosition
  /** The cut may show further rows of these workspaces. */
  readonly hasMore: boolean
}

export interface NodeState extends NodePosition {
  /** When the coordinator had all rows of the node (`moment` of placement.ts); null: it is not waited for. */
  readonly wholeAt: string | null
  /** It was long ago, or workspaces have left the node. */
  readonly isOld: boolean
}

/** More workspaces wait for a node that went away, the older its row is; a newer one costs a write. */
const WHOLE_SECONDS = 30

const PAGE_ROWS = 5_000
const PAGE_BYTES = 16_000_000

const COVERED = `pg_visible_in_snapshot(c.xid, $1::pg_snapshot) and c.id <= $2 and ($3::uuid[] is null or c.workspace_id = any ($3))`

/** Each workspace by a step of its own through the index. */
const WORKSPACES_SQL = `with recursive found as (
    (select c.workspace_id from tenantry_runtime.changes c order by c.workspace_id limit 1)
    union all
    select (select c.workspace_id from tenantry_runtime.changes c where c.workspace_id > f.workspace_id order by c.workspace_id limit 1)
    from found f where f.workspace_id is not null
  )
  select pg_current_snapshot()::text as snapshot, array(select f.workspace_id::text from found f where f.workspace_id is not null) as "workspaceIds"`

/** At least one row, however large it is. */
const PAGE_SQL = `select p.* from (
    select c.id::text, to_char(c.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, c.workspace_id as "workspaceId", c.table_oid::int8 as "tableOid", c.operation, c.statement,
      c.row_count as "rowCount", c.before::text as before, c.after::text as after, c.is_complete as "isComplete", c.actor::text as actor,
      sum(coalesce(octet_length(c.before::text), 0) + coalesce(octet_length(c.after::text), 0)) over (order by c.id) as bytes,
      row_number() over (order by c.id) as number, count(*) over () as amount
    from (
      select * from tenantry_runtime.changes c where $1::uuid[] is null or c.workspace_id = any ($1) order by c.id limit ${PAGE_ROWS}
    ) c
  ) p where p.number = 1 or p.bytes <= ${PAGE_BYTES} order by p.number`

interface PageRow extends NodeRow {
  readonly number: string
  /** Rows within the limit of their number alone. */
  readonly amount: string
}

const INSERT_SQL = `insert into tenantry_runtime.changes
    (at, workspace_id, table_oid, operation, statement, row_count, before, after, is_complete, actor)
  select r.at, r.workspace_id, r.table_oid, r.operation, r.statement, r.row_count, r.before, r.after, r.is_complete, r.actor
  from unnest($1::timestamptz[], $2::uuid[], $3::oid[], $4::"char"[], $5::"char"[], $6::bigint[], $7::json[], $8::json[], $9::boolean[], $10::jsonb[])
    with ordinality r (at, workspace_id, table_oid, operation, statement, row_count, before, after, is_complete, actor, number)
  order by r.number`

export const insertRows = async (client: ClientBase, rows: readonly NodeRow[]): Promise<void> => {
  if (rows.length === 0) return
  const column = <K extends keyof NodeRow>(key: K): readonly NodeRow[K][] => rows.map((row) => row[key])
  await client.query(INSERT_SQL, [
    column('at'),
    column('workspaceId'),
    column('tableOid'),
    column('operation'),
    column('statement'),
    column('rowCount'),
    column('before'),
    column('after'),
    column('isComplete'),
    column('actor'),
  ])
}

export const readStates = async (client: ClientBase): Promise<ReadonlyMap<string, NodeState>> => {
  const { rows } = await client.query<NodeState & { node: string }>(
    `select node, snapshot::text as snapshot, last_id as "lastId", workspace_ids::text[] as "workspaceIds",
       whole_at as "wholeAt", whole_at is null or workspace_ids is not null or at < clock_timestamp() - interval '${WHOLE_SECONDS} s' as "isOld"
     from tenantry_runtime.node_logs`,
  )
  return new Map(rows.map(({ node, ...state }) => [node, state]))
}

/** @param wholeAt null: the node may have further rows */
export const storePosition = (
  client: ClientBase,
  { cut: { worker }, position }: Pick<NodePage, 'cut' | 'position'>,
  wholeAt: string | null,
) =>
  client.query(
    `insert into tenantry_runtime.node_logs as l (node, snapshot, last_id, workspace_ids, whole_at) values ($1, $2, $3, $4, $5)
     on conflict (node) do update set snapshot = excluded.snapshot, last_id = excluded.last_id,
       workspace_ids = excluded.workspace_ids, whole_at = coalesce(excluded.whole_at, l.whole_at), at = clock_timestamp()`,
    [worker.name, position.snapshot, position.lastId, position.workspaceIds, wholeAt],
  )

/** From now on no workspace waits for the rows of a node. */
export const giveUpNode = (pool: Pool, node: string) =>
  pool.query('update tenantry_runtime.node_logs set whole_at = null where node = $1', [node])

/** Deletes the rows that have been moved. */
export const deleteMoved = (client: ClientBase, { snapshot, lastId, workspaceIds }: NodePosition) =>
  client.query(`delete from tenantry_runtime.changes c where ${COVERED}`, [snapshot, lastId, workspaceIds])

/** Deletes what was moved and is still there, and opens a snapshot. The caller ends it. */
export const openCut = async (
  { worker, client }: Pick<NodeCut, 'worker' | 'client'>,
  position: NodePosition | undefined,
): Promise<NodeCut> => {
  if (position !== undefined) await deleteMoved(client, position)
  await client.query('begin isolation level repeatable read read only')
  const { rows } = await client.query<Pick<NodeCut, 'snapshot' | 'workspaceIds'>>(WORKSPACES_SQL)
  const [row] = rows
  if (row === undefined) throw new Error('The node has no snapshot.')
  return { ...row, worker, client }
}

/** @param workspaceIds their rows alone; null: all */
export const readLogPage = async (
  cut: NodeCut,
  workspaceIds: readonly string[] | null,
): Promise<NodePage> => {
  const { rows } = await cut.client.query<PageRow>(PAGE_SQL, [workspaceIds])
  const last = rows.at(-1)
  return {
    cut,
    rows,
    position: { snapshot: cut.snapshot, lastId: last?.id ?? '0', workspaceIds },
    hasMore: last?.number !== last?.amount || rows.length === PAGE_ROWS,
  }
}
