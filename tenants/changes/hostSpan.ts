// The change log of all workspaces together, by windows: which workspaces have changes between two of them,
// and these changes.

import type { Pool } from 'pg'
import { queryByIndex } from '../../sql/byIndex.ts'
import {
  endOfRead,
  type FeedRow,
  type FeedWindow,
  type LoggedRow,
  PAGE_BYTES,
  ROW_COLUMNS,
  TABLE_OF_ROW,
} from './feed.ts'

export interface HostRow extends LoggedRow {
  readonly workspaceId: string
}

interface WorkspaceCount {
  readonly workspaceId: string
  readonly changes: number
}

export interface HostSpan {
  readonly after: FeedWindow
  readonly upTo: FeedWindow
  /** In the order of their ids. */
  readonly workspaces: readonly WorkspaceCount[]
  /** There are no later windows. */
  readonly isNewest: boolean
}

/** Windows that a span looks at; small ones are read together. */
const MOST_WINDOWS = 1_000

/**
 * Without an end of its own, the span ends where it has about as many changes as a page ($5), and after one
 * window at least.
 */
const SPAN_SQL = `with a as materialized (
    select number, snapshot from tenantry_runtime.windows where number = $1 and token = $2
  ), b as materialized (
    select number, token, snapshot from tenantry_runtime.windows
    where case when $3::bigint is not null then number = $3 and token = $4 else number = (
      select coalesce(max(n.number) filter (where n.changes <= $5), min(n.number), $1) from (
        select w.number, sum(w.last_id - w.first_id + 1) over (order by w.number) as changes
        from tenantry_runtime.windows w where w.number > $1 order by w.number limit ${MOST_WINDOWS}
      ) n
    ) end
  )
  select b.number as "upTo", b.token, c.workspace_id as "workspaceId", c.changes,
    b.number = (select max(number) from tenantry_runtime.windows) as "isNewest"
  from a join b on b.number >= a.number left join lateral (
    -- Offset 0: else the log could be read whole, in the order of its workspaces or of its transactions.
    select n.workspace_id, count(*) as changes from (
      select u.workspace_id from (
        select c.workspace_id from pg_snapshot_xip(a.snapshot) x (xid) cross join lateral (
          select c.workspace_id from tenantry_runtime.changes c
          where c.xid = x.xid and pg_visible_in_snapshot(c.xid, b.snapshot) offset 0
        ) c
        union all
        select c.workspace_id from tenantry_runtime.changes c
          where c.xid >= pg_snapshot_xmax(a.snapshot) and c.xid < pg_snapshot_xmax(b.snapshot)
            and pg_visible_in_snapshot(c.xid, b.snapshot)
      ) u offset 0
    ) n
    group by n.workspace_id
  ) c on true
  order by c.workspace_id`

interface SpanRow {
  readonly upTo: string
  readonly token: string
  readonly isNewest: boolean
  readonly workspaceId: string | null
  readonly changes: string | null
}

/**
 * @param upTo null: a few windows further
 * @param limit changes of a page
 * @returns null where the server does not know the windows (any more)
 */
export const readSpan = async (
  pool: Pool,
  after: FeedWindow,
  upTo: FeedWindow | null,
  limit: number,
): Promise<HostSpan | null> => {
  // A third of the log is expected to be new.
  const { rows } = await queryByIndex<SpanRow>(pool, {
    name: 'tenantry_host_span',
    text: SPAN_SQL,
    values: [after.number, after.token, upTo?.number ?? null, upTo?.token ?? null, limit],
  })
  const [first] = rows
  if (first === undefined) return null
  return {
    after,
    upTo: { number: Number(first.upTo), token: first.token },
    isNewest: first.isNewest,
    workspaces: rows.flatMap(({ workspaceId, changes }) =>
      workspaceId === null ? [] : [{ workspaceId, changes: Number(changes) }],
    ),
  }
}

const ROWS_SQL = `with a as materialized (
    select number, snapshot from tenantry_runtime.windows where number = $1 and token = $2
  ), b as materialized (
    select number, snapshot from tenantry_runtime.windows where number = $3 and token = $4
  ), span as materialized (
    select min(w.first_id) as first_id, max(w.last_id) as last_id
    from a, b, tenantry_runtime.windows w where w.number > a.number and w.number <= b.number
  )
  select c.workspace_id as "workspaceId", c.xid::text as xid, p.bytes, ${ROW_COLUMNS}
  from a, b, span cross join lateral tenantry_runtime.pages_of_changes(
    $5::uuid[], span.first_id, span.last_id, a.snapshot, b.snapshot, $6, $7
  ) p cross join lateral (select (p.change).*) c left ${TABLE_OF_ROW}
  order by c.workspace_id, c.id`

interface RawRow extends Omit<HostRow, 'table' | 'tableOid' | 'rowCount'> {
  /** Null: the table was dropped. */
  readonly table: string | null
  readonly tableOid: string | null
  readonly rowCount: string | null
}

/** A row of the log; `table` is empty where the table was dropped. */
const rowOf = ({ table, tableOid, rowCount, ...row }: RawRow): HostRow => ({
  ...row,
  table: table ?? '',
  tableOid: Number(tableOid),
  rowCount: rowCount === null ? null : Number(rowCount),
})

interface Slices {
  readonly rows: readonly HostRow[]
  /** The bytes of the images ended it: there may be more changes of the last workspace, and later ones. */
  readonly isCut: boolean
}

/**
 * The first changes of each workspace in a span, by workspace and id.
 * @param workspaceIds in their order
 */
export const readSlices = async (
  pool: Pool,
  { after, upTo }: Pick<HostSpan, 'after' | 'upTo'>,
  workspaceIds: readonly string[],
  perWorkspace: number,
  maxBytes: number = PAGE_BYTES,
): Promise<Slices> => {
  if (workspaceIds.length === 0) return { rows: [], isCut: false }
  const { rows } = await pool.query<RawRow & { readonly bytes: string }>({
    name: 'tenantry_host_rows',
    text: ROWS_SQL,
    values: [after.number, after.token, upTo.number, upTo.token, workspaceIds, perWorkspace, maxBytes],
  })
  return {
    rows: rows.map(({ bytes: _, ...row }) => rowOf(row)),
    isCut: Number(rows.at(-1)?.bytes) >= maxBytes,
  }
}

export const isOfDroppedTable = ({ table }: FeedRow): boolean => table === ''

const BY_ID_SQL = `select p.place, p.bytes, c.workspace_id as "workspaceId", c.xid::text as xid, ${ROW_COLUMNS}
  from tenantry_runtime.changes_by_id($1::uuid[], $2::bigint[], $3) p
  cross join lateral (select (p.change).*) c left ${TABLE_OF_ROW}`

/**
 * Changes by their ids, as far as their images fit.
 * @returns for each: the row, null where it has left the log, and 'later' where it was not read
 */
export const readRowsById = async (
  pool: Pool,
  asked: readonly Pick<HostRow, 'workspaceId' | 'id'>[],
  maxBytes: number,
): Promise<(id: string) => HostRow | 'later' | null> => {
  if (asked.length === 0) return () => null
  const { rows } = await pool.query<RawRow & { readonly place: number; readonly bytes: string }>({
    name: 'tenantry_host_rows_by_id',
    text: BY_ID_SQL,
    values: [asked.map(({ workspaceId }) => workspaceId), asked.map(({ id }) => id), maxBytes],
  })
  const found = new Map(rows.map(({ place: _, bytes: __, ...row }) => [row.id, rowOf(row)]))
  const later = new Set(asked.slice(endOfRead(rows, maxBytes)).map(({ id }) => id))
  return (id) => found.get(id) ?? (later.has(id) ? 'later' : null)
}
