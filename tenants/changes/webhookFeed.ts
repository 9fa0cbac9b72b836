// The change log as webhooks read it: one reader for the changes of all workspaces that have webhooks, with
// one position, and single changes by their ids.

import type { ClientBase, Pool } from 'pg'
import { type FeedRow, type FeedWindow, ROW_COLUMNS, TABLE_OF_ROW } from './feed.ts'

export interface WebhookFeedRow extends FeedRow {
  readonly workspaceId: string
  /** Id of the writer's transaction. */
  readonly xid: string
}

interface PositionRow {
  readonly number: string
  readonly token: string
  readonly upToNumber: string | null
  readonly upToToken: string | null
  readonly changeId: string | null
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
export const startWebhookFeed = async (client: ClientBase): Promise<void> => {
  const { number, token } = await newestWindow(client)
  await client.query(
    'insert into tenantry_runtime.webhook_feed (number, token) values ($1, $2) on conflict (is_single) do nothing',
    [number, token],
  )
  await client.query(
    `update tenantry_runtime.webhook_feed
     set number = $1, token = $2, up_to_number = null, up_to_token = null, change_id = null
     where (select count(*) from (select from tenantry.webhooks limit 2) w) < 2`,
    [number, token],
  )
}

const PAGE_SQL = `with a as materialized (
    select number, snapshot from tenantry_runtime.windows where number = $1 and token = $2
  ), b as materialized (
    select number, token, snapshot from tenantry_runtime.windows
    where case when $3::bigint is null then number = (select max(number) from tenantry_runtime.windows)
      else number = $3 and token = $4 end
  ), new as (
    select c.* from tenantry_runtime.changes c where c.xid >= (select pg_snapshot_xmax(a.snapshot) from a)
    union all
    select c.* from tenantry_runtime.changes c where c.xid = any (array(select pg_snapshot_xip(a.snapshot) from a))
  )
  select b.number as "upTo", b.token, c.* from a join b on b.number >= a.number left join lateral (
    select c.workspace_id as "workspaceId", c.xid::text as xid, ${ROW_COLUMNS}
    from new c
    ${TABLE_OF_ROW}
    where c.id > $5 and pg_visible_in_snapshot(c.xid, b.snapshot)
      and exists (select from tenantry.webhooks w where w.workspace_id = c.workspace_id and w.status <> 'disabled')
    order by c.id limit $6
  ) c on true`

interface PageRow extends Omit<WebhookFeedRow, 'tableOid' | 'rowCount' | 'id'> {
  readonly upTo: string
  readonly token: string
  readonly id: string | null
  readonly tableOid: string
  readonly rowCount: string | null
}

const store = async (client: ClientBase, end: FeedWindow): Promise<void> => {
  await client.query(
    `update tenantry_runtime.webhook_feed
     set number = $1, token = $2, up_to_number = null, up_to_token = null, change_id = null`,
    [end.number, end.token],
  )
}

const storePart = async (client: ClientBase, upTo: FeedWindow, changeId: string): Promise<void> => {
  await client.query(
    'update tenantry_runtime.webhook_feed set up_to_number = $1, up_to_token = $2, change_id = $3',
    [upTo.number, upTo.token, changeId],
  )
}

/**
 * The next changes of workspaces with webhooks, at most `limit`, inside a transaction that holds the position
 * locked until it ends.
 * @returns null while another gateway reads, or while there is nothing to read for
 */
export const readWebhookFeed = async (client: ClientBase, limit: number): Promise<WebhookFeedPage | null> => {
  const { rows: positions } = await client.query<PositionRow>(
    `select number, token, up_to_number as "upToNumber", up_to_token as "upToToken", change_id as "changeId"
     from tenantry_runtime.webhook_feed for update skip locked`,
  )
  const [position] = positions
  if (position === undefined) return null
  const { number, token, upToNumber, upToToken, changeId } = position
  const { rows } = await client.query<PageRow>({
    name: 'tenantry_webhook_feed',
    text: PAGE_SQL,
    values: [number, token, upToNumber, upToToken, changeId ?? '0', limit],
  })
  const [first] = rows
  if (first === undefined)
    return {
      rows: [],
      hasMore: true,
      isReset: true,
      advance: async () => store(client, await newestWindow(client)),
    }
  const upTo = { number: Number(first.upTo), token: first.token }
  const changes = rows.flatMap(({ id, tableOid, rowCount, upTo: _, token: __, ...row }): WebhookFeedRow[] =>
    id === null
      ? []
      : [{ ...row, id, tableOid: Number(tableOid), rowCount: rowCount === null ? null : Number(rowCount) }],
  )
  const last = changes.at(-1)
  const isFull = changes.length === limit && last !== undefined
  return {
    rows: changes,
    hasMore: isFull || changeId !== null,
    isReset: false,
    advance: () => (isFull ? storePart(client, upTo, last.id) : store(client, upTo)),
  }
}

export interface DeliveredRow extends FeedRow {
  /** Id of the object in the metadata; null for a table without one. */
  readonly objectId: string | null
}

/** Single changes of a workspace. */
export const readChanges = async (
  pool: Pool,
  workspaceId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DeliveredRow>> => {
  const { rows } = await pool.query<Omit<PageRow, 'id'> & { id: string; objectId: string | null }>({
    name: 'tenantry_changes_by_id',
    text: `select ${ROW_COLUMNS}, (
        select o.id from tenantry.objects o where o.table_oid = t.oid and o.workspace_id = c.workspace_id
      ) as "objectId"
      from tenantry_runtime.changes c ${TABLE_OF_ROW}
      where c.workspace_id = $1 and c.id = any ($2::bigint[])`,
    values: [workspaceId, ids],
  })
  return new Map(
    rows.map(({ tableOid, rowCount, ...row }) => [
      row.id,
      { ...row, tableOid: Number(tableOid), rowCount: rowCount === null ? null : Number(rowCount) },
    ]),
  )
}
