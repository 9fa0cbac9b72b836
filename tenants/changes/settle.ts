// Brings the capture triggers of tables in line with the settings, table by table: each has a transaction of
// its own, which gives up soon where a caller holds the table. So a long transaction delays the capture of
// its own tables alone, and no writer waits longer than that behind it.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { errorCode } from '../../sql/errorCode.ts'
import { inTransaction } from '../../sql/ownerPool.ts'

export interface Settlement {
  /** Tables whose triggers have changed. */
  readonly settled: readonly string[]
  /** Tables in use, whose triggers wait. */
  readonly waiting: readonly string[]
}

interface SettleOptions {
  /** How long tables in use are tried again; 0: each is tried once. */
  readonly patienceMs?: number | undefined
  readonly isEnding?: () => boolean
}

interface UnsettledTable {
  readonly oid: string
  readonly name: string
}

const PATIENCE_MS = 2_000
const PAUSE_MS = 100
/** How long one attempt, and each writer behind it, waits for a table. */
const LOCK_TIMEOUT_MS = { least: 20, most: 500 }
/** lock_not_available, deadlock_detected, undefined_table: dropped while the lock was awaited. */
const IN_USE: readonly (string | undefined)[] = ['55P03', '40P01', '42P01']

const UNSETTLED_TABLES_SQL = `select u.table_oid::text as oid, c.relname::text as name
  from tenantry.unsettled_capture($1) u join pg_catalog.pg_class c on c.oid = u.table_oid order by c.relname`

/** @returns whether the table was free */
const settleTable = async (
  pool: Pool,
  workspaceId: string,
  { oid }: UnsettledTable,
  leftMs: number,
): Promise<boolean> => {
  const { least, most } = LOCK_TIMEOUT_MS
  const lockTimeout = `${Math.round(Math.min(most, Math.max(least, leftMs)))}ms`
  try {
    await inTransaction(pool, async (client) => {
      await client.query(`select pg_catalog.set_config('lock_timeout', $1, true)`, [lockTimeout])
      await client.query('select tenantry.keep_capture($1, array[$2]::oid[])', [workspaceId, oid])
    })
    return true
  } catch (error) {
    if (IN_USE.includes(errorCode(error))) return false
    throw error
  }
}

/** Settles one workspace. What waits at the end is left to maintenance. */
export const settleWorkspace = async (
  pool: Pool,
  workspaceId: string,
  { patienceMs = PATIENCE_MS, isEnding = () => false }: SettleOptions = {},
): Promise<Settlement> => {
  const endsAtMs = performance.now() + patienceMs
  const settled = new Set<string>()
  for (;;) {
    // Read again after each round: the settings may have changed meanwhile.
    const { rows: tables } = await pool.query<UnsettledTable>(UNSETTLED_TABLES_SQL, [workspaceId])
    const waiting: string[] = []
    for (const table of tables) {
      const leftMs = patienceMs === 0 ? LOCK_TIMEOUT_MS.most : endsAtMs - performance.now()
      const isFree = !isEnding() && (await settleTable(pool, workspaceId, table, leftMs))
      if (isFree) settled.add(table.name)
      else waiting.push(table.name)
    }
    if (tables.length > waiting.length || tables.length === 0)
      await pool.query('select tenantry_runtime.restart_feed($1)', [workspaceId])
    const isOver = isEnding() || (waiting.length > 0 && performance.now() >= endsAtMs)
    if (tables.length === 0 || isOver) return { settled: [...settled], waiting }
    if (waiting.length > 0) await sleep(PAUSE_MS)
  }
}

/**
 * Workspaces with a table whose triggers do not match the settings. One query for all of them. The limit
 * stands outside: with it inside Postgres plans for the first few, and compares each schema with each table.
 */
const UNSETTLED_SQL = `with unsettled as materialized (
  select distinct w.id
  from tenantry.workspaces w
  cross join tenantry_runtime.feed f
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
    and pg_catalog.pg_has_role(c.relowner, 'usage')
  left join tenantry.objects o on o.workspace_id = w.id
    and o.table_oid = case when c.relispartition then pg_catalog.pg_partition_root(c.oid) else c.oid end
  left join tenantry_runtime.captured s on s.table_oid = c.oid
  left join tenantry_runtime.feed_resets r on r.workspace_id = w.id
  left join (
    select t.tgrelid, count(*) as triggers from pg_catalog.pg_trigger t
    where t.tgfoid = any (tenantry_runtime.capture_functions()) group by t.tgrelid
  ) t on t.tgrelid = c.oid
  where w.id <> all ($2) and case
    when tenantry.is_captured(o.captures, o.keeps_history, w.settings, f.captures)
    then coalesce(t.triggers, 0) <> 4 or coalesce(s.since, 'infinity') = 'infinity' or r.is_due
    else t.triggers > 0 end
)
select id from unsettled limit $1`

const BATCH = 100

interface Settled {
  readonly workspaces: number
  readonly tables: number
  /** Tables in use; they are tried again. */
  readonly waiting: number
}

/** Turns capture on and off where it should be, in all workspaces. */
export const settleCapture = async (
  pool: Pool,
  isEnding: () => boolean = () => false,
  tried: readonly string[] = [],
): Promise<Settled> => {
  const { rows } = await pool.query<{ id: string }>(UNSETTLED_SQL, [BATCH, tried])
  let [workspaces, tables, waiting] = [0, 0, 0]
  for (const { id } of rows) {
    if (isEnding()) break
    const found = await settleWorkspace(pool, id, { patienceMs: 0, isEnding })
    if (found.settled.length > 0) workspaces += 1
    tables += found.settled.length
    waiting += found.waiting.length
  }
  if (rows.length < BATCH || isEnding()) return { workspaces, tables, waiting }
  const rest = await settleCapture(pool, isEnding, [...tried, ...rows.map(({ id }) => id)])
  return {
    workspaces: workspaces + rest.workspaces,
    tables: tables + rest.tables,
    waiting: waiting + rest.waiting,
  }
}
