// The change log as readers meet it: windows between snapshots, and the changes of one workspace between two
// of them. webhookFeed.ts reads the same for webhooks. Rows are raw: what a caller may see of them is decided
// in gateway/changes.

import type { Pool } from 'pg'

/** A window of the feed; the token distinguishes it from one of the same number in a restored database. */
export interface FeedWindow {
  readonly number: number
  readonly token: string
}

/** Everything up to `after` was read, and of the changes up to `upTo` those with an id up to `id`. */
export interface FeedPosition {
  readonly after: FeedWindow
  readonly partial?: { readonly upTo: FeedWindow; readonly id: string }
}

export type RowOperation = 'i' | 'u' | 'd' | 't' | 's'

/** Claims of a request through the API, or the database user of SQL by hand. */
export interface ChangeActor {
  readonly keyId?: string
  readonly workspaceMemberId?: string
  /** The operator who acted as the member; null key: at the command line. */
  readonly operatorKeyId?: string
  readonly operatorName?: string
  readonly roleId?: string
  readonly requestId?: string
  readonly databaseUser?: string
  readonly cause?: string
  /** The change was made by an upsert over the API. */
  readonly upsert?: true
}

export interface FeedRow {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly at: string
  /** The table; of a partition, the table it belongs to. */
  readonly table: string
  readonly tableOid: number
  readonly operation: RowOperation
  /** What a statement on a table without a key did. */
  readonly statement: 'i' | 'u' | 'd' | null
  readonly rowCount: number | null
  /** JSON of the whole row, or of its key where the entry is not complete. */
  readonly before: string | null
  readonly after: string | null
  readonly isComplete: boolean
  readonly actor: ChangeActor | null
  /** Of the statement that made the change, where its request was traced. */
  readonly traceparent?: string | null
  /** When the table got the columns of these images; keys `layoutsOf`. */
  readonly layout: string | null
  /** `after` holds the columns that changed alone. */
  readonly holdsDifference?: boolean
}

/** Of both images of a row. */
export const imageCharacters = ({ before, after }: Pick<FeedRow, 'before' | 'after'>): number =>
  (before?.length ?? 0) + (after?.length ?? 0)

/** A row with the id of its writer's transaction. */
export interface LoggedRow extends FeedRow {
  readonly xid: string
  /** No change: the feed of the workspace restarted, and changes before it may be missing. */
  readonly isReset: boolean
}

/** The layout of images whose table was restored: its columns have other numbers now. */
export const UNKNOWN_LAYOUT = 'infinity'

interface FeedPage {
  readonly rows: readonly LoggedRow[]
  /** Of each row, and of the end of the page. */
  readonly positionOf: (row: FeedRow) => FeedPosition
  readonly end: FeedPosition
  readonly hasMore: boolean
}

/** How many of the changes that were asked for by id were looked for, before their bytes ended it. */
export const endOfRead = (
  rows: readonly { readonly place: number; readonly bytes: string }[],
  maxBytes: number,
): number =>
  Math.max(0, ...rows.map(({ bytes }) => Number(bytes))) < maxBytes
    ? Number.POSITIVE_INFINITY
    : Math.max(...rows.map(({ place }) => place))

/** Closes a window where something is new. @returns the newest one */
export const tick = async (pool: Pool): Promise<FeedWindow> => {
  const { rows } = await pool.query<{ number: string; token: string }>({
    name: 'tenantry_tick',
    text: 'select number, token from tenantry_runtime.tick()',
  })
  const [row] = rows
  if (row === undefined) throw new Error('The feed has no window.')
  return { number: Number(row.number), token: row.token }
}

/** The oldest window that is kept; of a workspace, since its feed restarted last. */
export const oldestWindow = async (pool: Pool, workspaceId: string | null = null): Promise<FeedWindow> => {
  const { rows } = await pool.query<{ number: string; token: string }>(
    `select number, token from tenantry_runtime.windows
     where number >= coalesce((select r.number from tenantry_runtime.feed_resets r where r.workspace_id = $1), 0)
     order by number limit 1`,
    [workspaceId],
  )
  const [row] = rows
  return row === undefined ? tick(pool) : { number: Number(row.number), token: row.token }
}

/** A row of the log, as `c`, and its table, as `t`. */
export const ROW_COLUMNS = `c.id, to_char(c.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, t.relname as "table", t.oid::int8 as "tableOid",
      c.operation, c.statement, c.row_count as "rowCount", c.before::text as before, c.after::text as after,
      c.operation = 'r' as "isReset", c.is_complete as "isComplete", c.actor - 'traceparent' as actor, c.actor ->> 'traceparent' as traceparent, (
        select l.since::text from tenantry_runtime.layouts l where l.table_oid = t.oid and l.since <= c.at
        order by l.since desc limit 1
      ) as layout`

/**
 * A table that has left the schema of the workspace is not found: another one may have its name by now.
 * Events of the host belong to no workspace.
 */
export const TABLE_OF_ROW = `join pg_catalog.pg_class t
      on t.oid = coalesce(pg_catalog.pg_partition_root(c.table_oid), c.table_oid) and t.relnamespace = coalesce((
        select n.oid from tenantry.workspaces w join pg_catalog.pg_namespace n on n.nspname = w.schema_name
        where w.id = c.workspace_id
      ), t.relnamespace)`

/**
 * Bytes of the images of a page, which ends with the change that reaches them. They are held several times
 * while they are judged and shown.
 */
export const PAGE_BYTES = 2_000_000

/** Positions of a workspace end with a restart of its feed. Readers of all workspaces read the restart. */
const IS_KNOWN = `and not exists (
        select from tenantry_runtime.feed_resets r where r.workspace_id = $1 and r.number > w.number)`

const pageSql = (isOfHost: boolean): string => `with a as materialized (
    select number, snapshot from tenantry_runtime.windows w where number = $2 and token = $3
      ${isOfHost ? '' : IS_KNOWN}
  ), b as materialized (
    select number, token, snapshot from tenantry_runtime.windows
    where case when $4::bigint is null then number = (select max(number) from tenantry_runtime.windows)
      else number = $4 and token = $5 end
  ), span as materialized (
    select min(w.first_id) as first_id, max(w.last_id) as last_id
    from a, b, tenantry_runtime.windows w where w.number > a.number and w.number <= b.number
  )
  select b.number as "upTo", b.token, c.* from a join b on b.number >= a.number left join lateral (
    select p.bytes, c.xid::text as xid, ${ROW_COLUMNS}
    from span cross join tenantry_runtime.page_of_changes(
      $1, greatest(span.first_id, $6 + 1), span.last_id, a.snapshot, b.snapshot, ${isOfHost}, $7, $8) p
    cross join lateral (select (p.change).*) c
    left ${TABLE_OF_ROW}
    order by c.id
  ) c on true`

const PAGE_SQL = { workspace: pageSql(false), host: pageSql(true) }

interface PageRow extends Omit<LoggedRow, 'table' | 'tableOid' | 'rowCount' | 'id'> {
  readonly upTo: string
  readonly token: string
  readonly id: string | null
  /** Of the images up to this row. */
  readonly bytes: string | null
  /** Null: the table was dropped, or has left the workspace. */
  readonly table: string | null
  readonly tableOid: string | null
  readonly rowCount: string | null
}

/**
 * The next changes of a workspace, at most `limit`, in an order that is right for each record. Rows of tables
 * that have left the workspace have an empty `table`.
 * @param reader the host also gets rows of dropped tables, whose `table` is empty, and restarts of the feed
 * @param maxBytes of images; see PAGE_BYTES
 * @returns null where the server does not know the position (any more): the reader has to start over.
 */
export const readFeed = async (
  pool: Pool,
  workspaceId: string,
  { after, partial }: FeedPosition,
  limit: number,
  reader: keyof typeof PAGE_SQL = 'workspace',
  maxBytes: number = PAGE_BYTES,
): Promise<FeedPage | null> => {
  const { rows } = await pool.query<PageRow>({
    name: `tenantry_feed_of_${reader}`,
    text: PAGE_SQL[reader],
    values: [
      workspaceId,
      after.number,
      after.token,
      partial?.upTo.number ?? null,
      partial?.upTo.token ?? null,
      partial?.id ?? '0',
      limit,
      maxBytes,
    ],
  })
  const [first] = rows
  if (first === undefined) return null
  const upTo = { number: Number(first.upTo), token: first.token }
  const changes = rows.flatMap(
    ({ id, table, tableOid, rowCount, upTo: _, token: __, bytes: ___, ...row }): LoggedRow[] => {
      const numbers = { tableOid: Number(tableOid), rowCount: rowCount === null ? null : Number(rowCount) }
      return id === null ? [] : [{ ...row, id, table: table ?? '', ...numbers }]
    },
  )
  const positionOf = ({ id }: FeedRow): FeedPosition => ({ after, partial: { upTo, id } })
  const last = changes.at(-1)
  const hasMore = changes.length === limit || Number(rows.at(-1)?.bytes) >= maxBytes
  return {
    rows: changes,
    positionOf,
    end: hasMore && last !== undefined ? positionOf(last) : { after: upTo },
    // A page that is full may be the last; a window may have been closed meanwhile.
    hasMore: hasMore || partial !== undefined,
  }
}

/** A column of a table at some time: its name, its type and the type's modifier. */
type LayoutColumn = readonly [name: string, type: number, modifier: number]
/** By the column's number. */
export type Layout = ReadonlyMap<number, LayoutColumn>

export type LayoutColumns = Readonly<Record<string, LayoutColumn>>

/** @param table an expression for its oid */
export const layoutSql = (table: string): string =>
  `select jsonb_object_agg(a.attnum, jsonb_build_array(a.attname, a.atttypid::int8, a.atttypmod)) as columns
    from pg_catalog.pg_attribute a where a.attrelid = ${table} and a.attnum > 0 and not a.attisdropped`

export const layoutFrom = (columns: LayoutColumns | null | undefined): Layout =>
  new Map(
    Object.entries(columns ?? {}).map(([number, [name, type, modifier]]) => [
      Number(number),
      [name, Number(type), modifier],
    ]),
  )

/** The columns of a table, now (`since` null) or at a time that a feed row names. */
export const readLayout = async (pool: Pool, tableOid: number, since: string | null): Promise<Layout> => {
  const { rows } = await pool.query<{ columns: LayoutColumns | null }>(
    since === null
      ? { text: layoutSql('$1'), values: [tableOid] }
      : {
          text: 'select columns from tenantry_runtime.layouts where table_oid = $1 and since = $2',
          values: [tableOid, since],
        },
  )
  return layoutFrom(rows[0]?.columns)
}

/** What row-level security lets a role read of a table. */
export interface ReadCondition {
  /** An expression over the table's columns; null where row-level security does not apply. */
  readonly condition: string | null
  /** Numbers of the columns that it reads. */
  readonly columns: readonly number[]
  /** It calls a volatile function, so it cannot judge the past. */
  readonly isVolatile: boolean
}

/** The condition of a role that does not exist. */
export const NO_SIGHT: ReadCondition = { condition: 'false', columns: [], isVolatile: false }

/** What judging a past image needs to know of its table now. */
export interface TableNow {
  readonly layout: Layout
  /** For the role that reads. */
  readonly condition: ReadCondition
}

export const readConditionOf = async (
  pool: Pool,
  tableOid: number,
  pgRole: string,
): Promise<ReadCondition> => {
  const { rows } = await pool.query<ReadCondition>({
    name: 'tenantry_read_condition',
    text: 'select condition, columns, is_volatile as "isVolatile" from tenantry_runtime.read_condition($1, $2)',
    values: [tableOid, pgRole],
  })
  return rows[0] ?? NO_SIGHT
}
