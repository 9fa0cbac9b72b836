// Capture: which tables of workspaces write their changes to the log. The functions of the database keep the
// triggers during model changes; here are the start of a gateway, maintenance and the operator's commands.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { purgeHistory } from './history.ts'

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
      await client.query(`truncate tenantry_runtime.changes, tenantry_runtime.windows;
        update tenantry_runtime.history_place set after_number = null, up_to_number = null, last_xid = null, last_id = null;
        update tenantry_runtime.feed set system_identifier = (select system_identifier from pg_catalog.pg_control_system())`)
    await client.query('update tenantry_runtime.feed set captures = $1 where captures <> $1', [
      capture === 'on',
    ])
    await client.query('select from tenantry_runtime.tick()')
  })

/**
 * Workspaces with a table whose triggers do not match the settings. One query for all of them.
 */
const UNSETTLED_SQL = `select distinct o.workspace_id as id
  from tenantry.objects o
  join tenantry.workspaces w on w.id = o.workspace_id
  cross join tenantry_runtime.feed f
  join pg_catalog.pg_class c on c.oid = o.table_oid and c.relkind in ('r', 'p')
    and pg_catalog.pg_has_role(c.relowner, 'usage')
  left join (
    select t.tgrelid, count(*) as triggers from pg_catalog.pg_trigger t
    where t.tgfoid = any (tenantry_runtime.capture_functions()) group by t.tgrelid
  ) t on t.tgrelid = c.oid
  where o.workspace_id <> all ($2) and coalesce(t.triggers, 0) <>
    case when tenantry.is_captured(o.captures, o.keeps_history, w.settings, f.captures) then 4 else 0 end
  limit $1`

const BATCH = 100
const LOCK_TIMEOUT = '500ms'
const LOCK_NOT_AVAILABLE = '55P03'

export interface Settled {
  readonly workspaces: number
  readonly tables: number
  /** Workspaces with a table that was in use; they are tried again. */
  readonly waiting: number
}

/** Settles one workspace. @returns false if a table was in use */
export const settleWorkspace = async (pool: Pool, workspaceId: string): Promise<boolean> =>
  (await settle(pool, workspaceId)) !== null

/** @returns the tables touched; null if one was in use */
const settle = async (pool: Pool, workspaceId: string): Promise<number | null> => {
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(`select pg_catalog.set_config('lock_timeout', $1, true)`, [LOCK_TIMEOUT])
      return (await client.query('select tenantry.keep_capture($1)', [workspaceId])).rowCount ?? 0
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE) return null
    throw error
  }
}

/**
 * Turns capture on and off where it should be, one workspace per transaction. A table that is in use is left
 * for the next time instead of making its writers wait.
 */
export const settleCapture = async (
  pool: Pool,
  isEnding: () => boolean = () => false,
  tried: readonly string[] = [],
): Promise<Settled> => {
  let settled: Settled = { workspaces: 0, tables: 0, waiting: 0 }
  const { rows } = await pool.query<{ id: string }>(UNSETTLED_SQL, [BATCH, tried])
  for (const { id } of rows) {
    if (isEnding()) break
    const tables = await settle(pool, id)
    settled =
      tables === null
        ? { ...settled, waiting: settled.waiting + 1 }
        : { ...settled, workspaces: settled.workspaces + 1, tables: settled.tables + tables }
  }
  if (rows.length < BATCH || isEnding()) return settled
  const rest = await settleCapture(pool, isEnding, [...tried, ...rows.map(({ id }) => id)])
  return {
    workspaces: settled.workspaces + rest.workspaces,
    tables: settled.tables + rest.tables,
    waiting: settled.waiting + rest.waiting,
  }
}

/**
 * Restarts the capture of a workspace whose triggers were disabled or bypassed.
 * @returns the tables touched
 */
export const resetCapture = async (pool: Pool, workspaceId: string): Promise<number> =>
  (await pool.query('select tenantry.keep_capture($1, null, true)', [workspaceId])).rowCount ?? 0

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
export const setCapture = (pool: Pool, workspaceId: string, captures: boolean | null): Promise<number> =>
  inTransaction(pool, async (client) => {
    await client.query(
      `update tenantry.workspaces set settings = jsonb_strip_nulls(settings || $2), updated_at = now() where id = $1`,
      [workspaceId, JSON.stringify({ capture: captures })],
    )
    return (await client.query('select tenantry.keep_capture($1)', [workspaceId])).rowCount ?? 0
  })

interface TableCapture {
  readonly table: string
  /** `on`, `off`, or `broken`: a trigger is missing or disabled although capture is on. */
  readonly capture: 'on' | 'off' | 'broken'
}

/** The capture of each table of a workspace, in the order of their names. */
export const listCapture = async (pool: Pool, workspaceId: string): Promise<readonly TableCapture[]> => {
  const { rows } = await pool.query<TableCapture>(
    `select c.relname::text as "table", case
       when i.is_captured and t.enabled = 4 then 'on'
       when not i.is_captured and t.enabled = 0 then 'off'
       else 'broken' end as capture
     from tenantry.captured_schema($1) s
     join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = s.schema_oid
       and d.classid = 'pg_catalog.pg_class'::regclass
     join pg_catalog.pg_class c on c.oid = d.objid and c.relkind in ('r', 'p')
     cross join lateral (
       select count(*) filter (where t.tgenabled in ('O', 'A')) as enabled from pg_catalog.pg_trigger t
       where t.tgrelid = c.oid and t.tgfoid = any (tenantry_runtime.capture_functions())
     ) t
     cross join lateral (
       select tenantry.is_captured(o.captures, o.keeps_history, w.settings, f.captures) as is_captured
       from tenantry.workspaces w cross join tenantry_runtime.feed f
       left join tenantry.objects o on o.workspace_id = w.id
         and o.table_oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
       where w.id = $1 limit 1
     ) i
     order by c.relname`,
    [workspaceId],
  )
  return rows
}
