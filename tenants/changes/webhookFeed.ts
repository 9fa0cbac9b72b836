// The change log as webhooks read it: one reader for the changes of all workspaces that have webhooks, with
// one position, and single changes by their ids.

import type { ClientBase, Pool } from 'pg'
import { queryByIndex } from '../../sql/byIndex.ts'
import {
  endOfRead,
  type FeedRow,
  type FeedWindow,
  type LayoutColumns,
  type LoggedRow,
  layoutFrom,
  layoutSql,
  NO_SIGHT,
  PAGE_BYTES,
  ROW_COLUMNS,
  TABLE_OF_ROW,
  type TableNow,
} from './feed.ts'
import { OF_OPERATORS, OF_WORKSPACES, type WebhookTables } from './webhookTables.ts'

interface WebhookFeedRow extends LoggedRow {
  readonly workspaceId: string
}

interface PositionRow {
  readonly number: string
  readonly token: string
  /**
   * Of the changes up to this window, those up to (`pageXid`, `pageId`) were read; null: none were, and the
   * rest of the page means nothing.
   */
  readonly pageNumber: string | null
  readonly pageToken: string | null
  readonly pageXid: string | null
  readonly pageId: string | null
}

interface WebhookFeedPage {
  readonly rows: readonly WebhookFeedRow[]
  readonly hasMore: boolean
  /** The position was not known any more: changes were skipped. */
  readonly isReset: boolean
  /** Stores that the page was read. */
  readonly advance: () => Promise<void>
}

const newestWindow = async (client: ClientBase): Promise<FeedWindow> => {
  const { rows } = await client.query<{ number: string; token: string }>(
    'select number, token from tenantry_runtime.tick()',
  )
  const [row] = rows
  if (row === undefined) throw new Error('The feed has no window.')
  return { number: Number(row.number), token: row.token }
}

/**
 * The first webhook begins at the newest window: until then nothing was read. The tick's lock lets creations
 * of first webhooks come one after the other, each of which sees the ones before.
 */
export const startWebhookFeed = async (
  client: ClientBase,
  { feed, webhooks } = OF_WORKSPACES,
): Promise<void> => {
  const { number, token } = await newestWindow(client)
  await client.query(
    `insert into ${feed} (number, token) values ($1, $2) on conflict (is_single) do nothing`,
    [number, token],
  )
  await client.query(
    `update ${feed}
     set number = $1, token = $2, page_after = null
     where (select count(*) from (select from ${webhooks} limit 2) w) < 2`,
    [number, token],
  )
}

const PAGE_SQL = `select p.up_to as "upTo", p.up_to_token as token, p.bytes, c.workspace_id as "workspaceId", c.xid::text as xid, ${ROW_COLUMNS}
  from tenantry_runtime.webhook_page($1, $2, $3, $4, $5, $6, $7, $8, $9) p
  cross join lateral (select (p.change).*) c left ${TABLE_OF_ROW}
  order by c.xid, c.id`

interface PageRow extends Omit<WebhookFeedRow, 'tableOid' | 'rowCount' | 'id' | 'table'> {
  readonly upTo: string
  readonly token: string
  /** Null: the page is empty. */
  readonly id: string | null
  /** Of the images up to this row. */
  readonly bytes: string
  /** Null: the table was dropped. */
  readonly table: string | null
  readonly tableOid: string
  readonly rowCount: string | null
}

type RawRow = Omit<FeedRow, 'tableOid' | 'rowCount'> & Pick<PageRow, 'tableOid' | 'rowCount'>

const feedRowOf = <Row extends RawRow>({ tableOid, rowCount, ...row }: Row) => ({
  ...row,
  tableOid: Number(tableOid),
  rowCount: rowCount === null ? null : Number(rowCount),
})

const store = async (client: ClientBase, { feed }: WebhookTables, end: FeedWindow): Promise<void> => {
  await client.query(
    `update ${feed} set number = $1, token = $2, page_after = null,
       up_to_number = null, up_to_token = null, change_id = null`,
    [end.number, end.token],
  )
}

const storePage = async (
  client: ClientBase,
  { feed }: WebhookTables,
  upTo: FeedWindow,
  { xid, id }: Pick<PageRow, 'xid' | 'id'>,
): Promise<void> => {
  await client.query(
    `update ${feed}
     set page_after = number, page_number = $1, page_token = $2, page_xid = $3::xid8, page_id = $4`,
    [upTo.number, upTo.token, xid, id],
  )
}

/**
 * The next changes of workspaces with webhooks, at most `limit`, inside a transaction that holds the position
 * locked until it ends.
 * @returns null while another gateway reads, or while there is nothing to read for
 */
export const readWebhookFeed = async (
  client: ClientBase,
  limit: number,
  tables = OF_WORKSPACES,
): Promise<WebhookFeedPage | null> => {
  const { rows: positions } = await client.query<PositionRow>(
    `select number, token, case when page_after = number then page_number end as "pageNumber", page_token as "pageToken",
       page_xid::text as "pageXid", page_id as "pageId",
       -- Position and deliveries that a crash undoes are made again. Before the first attempt, the claim waits for the disk, which then
       -- has all that was committed before it, so no delivery is sent under two ids.
       set_config('synchronous_commit', 'off', true)
     from ${tables.feed} for update skip locked`,
  )
  const [position] = positions
  if (position === undefined) return null
  const { number, token, pageNumber, pageToken, pageXid, pageId } = position
  const isPartial = pageNumber !== null
  const { rows } = await client.query<PageRow>({
    name: 'tenantry_webhook_feed',
    text: PAGE_SQL,
    values: [
      number,
      token,
      ...(isPartial ? [pageNumber, pageToken, pageXid, pageId] : [null, null, '0', '0']),
      tables === OF_OPERATORS,
      limit,
      PAGE_BYTES,
    ],
  })
  const [first] = rows
  if (first === undefined)
    return {
      rows: [],
      hasMore: true,
      isReset: true,
      advance: async () => store(client, tables, await newestWindow(client)),
    }
  const upTo = { number: Number(first.upTo), token: first.token }
  const changes = rows.flatMap(({ id, table, upTo: _, token: __, bytes: ___, ...row }): WebhookFeedRow[] =>
    id === null || table === null ? [] : [feedRowOf({ ...row, id, table })],
  )
  const last = rows.at(-1)
  const isFull =
    last !== undefined && last.id !== null && (rows.length === limit || Number(last.bytes) >= PAGE_BYTES)
  return {
    rows: changes,
    hasMore: isFull || isPartial,
    isReset: false,
    advance: () => (isFull ? storePage(client, tables, upTo, last) : store(client, tables, upTo)),
  }
}

/** A change to be delivered, with what its table and its reader are like now. */
export interface DeliveredChange {
  readonly row: FeedRow
  /** Id of the object in the metadata; null for a table without one. */
  readonly objectId: string | null
  readonly table: TableNow
}

/** A change for a reader. */
export interface AskedChange {
  readonly workspaceId: string
  readonly changeId: string
  readonly pgRole: string
}

const DELIVERED_SQL = `with found as materialized (
    select p.place, ($3::name[])[p.place] as pg_role, p.bytes, (p.change).* from tenantry_runtime.changes_by_id($1::uuid[], $2::bigint[], $4) p
  ), tables as materialized (
    select f.oid, f.pg_role, l.columns as layout, r.condition, r.columns, r.is_volatile
    from (select distinct t.oid, c.pg_role from found c ${TABLE_OF_ROW}) f
    cross join lateral (${layoutSql('f.oid')}) l
    left join lateral tenantry_runtime.read_condition(f.oid, f.pg_role) r on true
  )
  select c.place, c.bytes, c.pg_role as "pgRole", ${ROW_COLUMNS}, (
      select o.id from tenantry.objects o where o.table_oid = t.oid and o.workspace_id = c.workspace_id
    ) as "objectId", n.layout as "layoutNow", n.condition, n.columns, n.is_volatile as "isVolatile"
  from found c left ${TABLE_OF_ROW} left join tables n on n.oid = t.oid and n.pg_role = c.pg_role`

interface FoundRow extends Omit<RawRow, 'table'> {
  readonly place: number
  /** Of the images up to this row. */
  readonly bytes: string
  readonly table: string | null
  readonly pgRole: string
  readonly objectId: string | null
  readonly layoutNow: LayoutColumns | null
  readonly condition: string | null
  readonly columns: readonly number[] | null
  readonly isVolatile: boolean | null
}

const keyOf = (changeId: string, pgRole: string): string => `${changeId} ${pgRole}`

const deliveredOf = (found: FoundRow): DeliveredChange | 'dropped' => {
  const {
    table,
    objectId,
    layoutNow,
    condition,
    columns,
    isVolatile,
    pgRole: _,
    place: __,
    bytes: ___,
    ...row
  } = found
  if (table === null) return 'dropped'
  const rule = columns === null || isVolatile === null ? NO_SIGHT : { condition, columns, isVolatile }
  return {
    row: feedRowOf({ ...row, table }),
    objectId,
    table: { layout: layoutFrom(layoutNow), condition: rule },
  }
}

/**
 * Changes by their ids, as far as their images fit.
 * @returns for each: what was found, 'dropped' where its table is gone, null where it has left the log, and
 * 'later' where it was not read
 */
export const readDelivered = async (
  pool: Pool,
  asked: readonly AskedChange[],
  maxBytes: number,
): Promise<(change: AskedChange) => DeliveredChange | 'dropped' | 'later' | null> => {
  if (asked.length === 0) return () => null
  const distinct = [...new Map(asked.map((each) => [keyOf(each.changeId, each.pgRole), each]))]
  const { rows } = await queryByIndex<FoundRow>(pool, {
    name: 'tenantry_delivered_changes',
    text: DELIVERED_SQL,
    values: [
      distinct.map(([, { workspaceId }]) => workspaceId),
      distinct.map(([, { changeId }]) => changeId),
      distinct.map(([, { pgRole }]) => pgRole),
      maxBytes,
    ],
  })
  const found = new Map(rows.map((row) => [keyOf(row.id, row.pgRole), deliveredOf(row)]))
  const later = new Set(distinct.slice(endOfRead(rows, maxBytes)).map(([key]) => key))
  return ({ changeId, pgRole }) => {
    const key = keyOf(changeId, pgRole)
    return found.get(key) ?? (later.has(key) ? 'later' : null)
  }
}
