// Capture: which tables of workspaces write their changes to the log. The functions of the database keep the
// triggers during model changes; here are the start of a gateway, maintenance and the operator's commands.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { purgeHistory } from './history.ts'
import { type Settlement, settleWorkspace } from './settle.ts'

/** Tables of a workspace. A partition is captured as the table that it belongs to. */
const TABLES_SQL = `select c.oid, c.relname::text as name,
    tenantry.is_captured(o.captures, o.keeps_history, w.settings, f.captures) as is_captured
  from tenantry.workspaces w
  cross join tenantry_runtime.feed f
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
  left join tenantry.objects o on o.workspace_id = w.id
    and o.table_oid = case when c.relispartition then pg_catalog.pg_partition_root(c.oid) else c.oid end
  where w.id = $1`

/**
 * Prepares the feed: sets whether tables are captured by default, and empties the log of a database that was
 * restored into another cluster, where its transaction ids mean nothing. The first window is made here: what
 * is committed before the first window is in no later one, and the history would lack it.
 */
export const openFeed = (pool: Pool, capture: 'on' | 'demand'): Promise<void> =>
  inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ isForeign: boolean }>(
      `select f.system_identifier <> c.system_identifier as "isForeign"
       from tenantry_runtime.feed f, pg_catalog.pg_control_system() c for update of f`,
    )
    if (rows[0]?.isForeign === true)
      await client.query(`truncate tenantry_runtime.changes, tenantry_runtime.windows, tenantry_runtime.feed_resets;
        -- Tables have other oids now, and changes that the history lacks are gone.
        delete from tenantry_runtime.captured;
        update tenantry_runtime.history_place set after_number = null, up_to_number = null, last_xid = null, last_id = null;
        update tenantry_runtime.feed set system_identifier = (select system_identifier from pg_catalog.pg_control_system())`)
    await client.query('update tenantry_runtime.feed set captures = $1 where captures <> $1', [
      capture === 'on',
    ])
    await client.query('select from tenantry_runtime.tick()')
  })

/**
 * Restarts the capture of a workspace whose triggers were disabled or bypassed: repairs and enables them.
 * Changes may be missing, so readers of the feed start over. Tables in use follow by themselves.
 */
export const resetCapture = async (pool: Pool, workspaceId: string): Promise<Settlement> => {
  await inTransaction(pool, async (client) => {
    await client.query(
      `insert into tenantry_runtime.feed_resets (workspace_id) values ($1)
       on conflict (workspace_id) do update set is_due = true`,
      [workspaceId],
    )
    await client.query(
      `insert into tenantry_runtime.captured (table_oid, since)
       select t.oid, 'infinity' from (${TABLES_SQL}) t where t.is_captured
       on conflict (table_oid) do update set since = excluded.since`,
      [workspaceId],
    )
  })
  return settleWorkspace(pool, workspaceId)
}

/** Images of one transaction. */
const PURGED_ROWS = 10_000

/** Blanks the images of dropped workspaces in the feed, and deletes their history. */
export const purgeFeed = async (pool: Pool, isEnding: () => boolean = () => false): Promise<number> => {
  const { rows: purges } = await pool.query<{ id: string }>(
    'select workspace_id as id from tenantry_runtime.purges order by at',
  )
  let total = 0
  for (const { id } of purges) {
    if (!(await purgeHistory(pool, id, isEnding))) break
    for (let last = '0'; !isEnding(); ) {
      const { rows } = await pool.query<{ count: number; last: string | null }>(
        `with batch as (
           select c.id from tenantry_runtime.changes c where c.workspace_id = $1 and c.id > $2 order by c.id limit ${PURGED_ROWS}
         ), blanked as (
           update tenantry_runtime.changes c set before = null, after = null, is_complete = false, actor = null
           from batch where c.workspace_id = $1 and c.id = batch.id returning c.id
         )
         select count(*)::int as count, max(id) as last from blanked`,
        [id, last],
      )
      const { count = 0, last: next = null } = rows[0] ?? {}
      total += count
      if (next === null) {
        await pool.query('delete from tenantry_runtime.purges where workspace_id = $1', [id])
        break
      }
      last = next
    }
  }
  return total
}

/** Makes the partitions of the coming days, and drops the ones older than the retention. */
export const turnFeed = async (pool: Pool, retentionDays: number): Promise<void> => {
  await pool.query('select tenantry_runtime.make_partitions()')
  await pool.query('select tenantry_runtime.drop_partitions($1)', [`${retentionDays} days`])
}

/** Whether the changes of a workspace are logged. @param captures null: as the setting CAPTURE */
export const setCapture = async (
  pool: Pool,
  workspaceId: string,
  captures: boolean | null,
): Promise<Settlement> => {
  await pool.query(
    `update tenantry.workspaces set settings = jsonb_strip_nulls(settings || $2), updated_at = now() where id = $1`,
    [workspaceId, JSON.stringify({ capture: captures })],
  )
  return settleWorkspace(pool, workspaceId)
}

interface TableCapture {
  readonly table: string
  /** `on`, `off`, or `broken`: a trigger is missing or disabled although capture is on. */
  readonly capture: 'on' | 'off' | 'broken'
  /** Since when every change is logged; null unless capture is on. */
  readonly since: Date | null
}

/** The capture of each table of a workspace, in the order of their names. */
export const listCapture = async (pool: Pool, workspaceId: string): Promise<readonly TableCapture[]> => {
  const { rows } = await pool.query<TableCapture>(
    `select t.name as "table", s.capture, case when s.capture = 'on' then c.since end as since
     from (${TABLES_SQL}) t
     left join tenantry_runtime.captured c on c.table_oid = t.oid
     cross join lateral (
       select count(*) filter (where x.tgenabled in ('O', 'A')) as enabled from pg_catalog.pg_trigger x
       where x.tgrelid = t.oid and x.tgfoid = any (tenantry_runtime.capture_functions())
     ) g
     cross join lateral (
       select case
         when t.is_captured and g.enabled = 4 and c.since < 'infinity' then 'on'
         when not t.is_captured and g.enabled = 0 then 'off'
         else 'broken' end as capture
     ) s
     order by t.name`,
    [workspaceId],
  )
  return rows
}
