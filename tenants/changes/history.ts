// The history of records: filled from the feed, read by record. The only module that reads
// tenantry_runtime.history. Rows are raw: what a caller may see of them is decided in gateway/changes.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { DEFAULT_SETTINGS } from '../workspaceSettings.ts'
import { type FeedRow, tick, UNKNOWN_LAYOUT } from './feed.ts'
import { storedIdOf } from './recordId.ts'

/** Changes that one transaction copies. */
const BATCH = 1_000
/** How long a round waits for another process that fills the history. */
const LEASE_TIMEOUT = '2s'
const LOCK_NOT_AVAILABLE = '55P03'

interface FillOptions {
  readonly batch?: number
  readonly maxBatches?: number
  readonly isEnding?: () => boolean
}

const HAS_HISTORY_SQL = `select exists (select from tenantry.workspaces w where (w.settings ->> 'history')::boolean)
  or exists (select from tenantry.objects o where o.keeps_history) as "isOn"`

/** Whether any workspace or object keeps a history. */
export const isHistoryKept = async (pool: Pool): Promise<boolean> =>
  (await pool.query<{ isOn: boolean }>(HAS_HISTORY_SQL)).rows[0]?.isOn === true

/**
 * Copies what was committed before the call from the feed into the history. The lock of the place is the
 * lease: it ends with the transaction that copies, so a killed process leaves neither a gap nor a copy.
 * @returns the entries copied
 */
export const fillHistory = async (
  pool: Pool,
  { batch = BATCH, maxBatches = Number.POSITIVE_INFINITY, isEnding = () => false }: FillOptions = {},
): Promise<number> => {
  await tick(pool)
  let total = 0
  for (let count = 0; count < maxBatches && !isEnding(); count += 1) {
    const round = await inTransaction(pool, async (client) => {
      await client.query(`select pg_catalog.set_config('lock_timeout', $1, true)`, [LEASE_TIMEOUT])
      const { rows } = await client.query<{ copied: number; isDone: boolean }>(
        'select copied, is_done as "isDone" from tenantry_runtime.fill_history($1)',
        [batch],
      )
      return rows[0]
    }).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE) return undefined
      throw error
    })
    total += round?.copied ?? 0
    if (round === undefined || round.isDone) break
  }
  return total
}

/** Makes the partitions of this month and the next, and drops the ones older than their class. */
export const turnHistory = async (pool: Pool): Promise<void> => {
  await pool.query('select tenantry_runtime.turn_history()')
}

export interface HistoryPlace {
  readonly workspaceId: string
  readonly table: string
  /** Values of the record's key, as Postgres spells them. */
  readonly key: readonly string[]
}

interface HistoryPageRequest {
  /** Entries before this one, which are older; null: from the newest. */
  readonly before: string | null
  /** That entry alone. */
  readonly only: string | null
  readonly limit: number
}

interface HistoryState {
  /** Null: history is off. */
  readonly isOn: boolean
  /** Since when every change is kept, ISO 8601. */
  readonly since: string | null
  readonly rows: readonly FeedRow[]
}

const OBJECT_SQL = `select o.id, c.oid, c.relname::text as name,
    coalesce(o.keeps_history, (w.settings ->> 'history')::boolean, false) as is_on,
    case when s.since is not null then greatest(s.since,
      case when o.keeps_history is null then (w.settings ->> 'historySince')::timestamptz else o.keeps_history_since end) end as since,
    pg_catalog.clock_timestamp() - interval '1 day' * coalesce((w.settings ->> 'eventLogRetentionDays')::integer, ${DEFAULT_SETTINGS.eventLogRetentionDays}) as horizon
  from tenantry.workspaces w
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = $2
  join tenantry.objects o on o.workspace_id = w.id and o.table_oid = c.oid
  left join tenantry_runtime.captured s on s.table_oid = c.oid and s.since < 'infinity'
  where w.id = $1`

/** A truncation belongs to the history of a record that existed before it. */
const PAGE_SQL = `with object as materialized (${OBJECT_SQL}),
  entry as (
    select h.* from tenantry_runtime.history h, object o
    where h.workspace_id = $1 and h.object_id = o.id and (h.record_id = $3 or h.previous_id = $3)
      and h.operation <> 't' and h.at >= o.horizon and h.id < $4
    union all
    select h.* from tenantry_runtime.history h, object o
    where h.workspace_id = $1 and h.object_id = o.id and h.record_id = '' and h.operation = 't' and h.at >= o.horizon and h.id < $4
      and exists (
        select from tenantry_runtime.history e
        where e.workspace_id = $1 and e.object_id = o.id and e.record_id = $3 and e.id < h.id and e.operation <> 't'
      )
  )
  select o.is_on as "isOn", to_char(o.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since, e.*
  from object o left join lateral (
    select h.id::text, to_char(h.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, o.name as "table", o.oid::int8 as "tableOid",
      h.operation, h.before::text as before, h.after::text as after, h.is_complete as "isComplete", h.actor - 'traceparent' as actor,
      case when h.table_oid = o.oid then (
        select l.since::text from tenantry_runtime.layouts l where l.table_oid = h.table_oid and l.since <= h.at order by l.since desc limit 1
      ) else '${UNKNOWN_LAYOUT}' end as layout
    from entry h where $5::bigint is null or h.id = $5
    order by h.id desc limit $6
  ) e on true`

interface PageRow extends Omit<FeedRow, 'tableOid' | 'id' | 'statement' | 'rowCount'> {
  readonly isOn: boolean
  readonly since: string | null
  readonly id: string | null
  readonly tableOid: string
}

const LAST_ID = '9223372036854775807'

/** Entries of one record, the newest first. */
export const readHistory = async (
  pool: Pool,
  { workspaceId, table, key }: HistoryPlace,
  { before, only, limit }: HistoryPageRequest,
): Promise<HistoryState> => {
  const { rows } = await pool.query<PageRow>({
    name: 'tenantry_history',
    text: PAGE_SQL,
    values: [workspaceId, table, storedIdOf(key), before ?? LAST_ID, only, limit],
  })
  const [first] = rows
  return {
    isOn: first?.isOn === true,
    since: first?.since ?? null,
    rows: rows.flatMap(({ isOn: _, since: __, id, tableOid, ...row }): FeedRow[] =>
      id === null
        ? []
        : [
            {
              ...row,
              id,
              tableOid: Number(tableOid),
              statement: null,
              rowCount: null,
              holdsDifference: row.operation === 'u' && row.isComplete,
            },
          ],
    ),
  }
}

/** Entries of one transaction. */
const PURGED_ROWS = 10_000

/** Deletes the history of a dropped workspace, in batches. @returns whether it is gone */
export const purgeHistory = async (
  pool: Pool,
  workspaceId: string,
  isEnding: () => boolean,
): Promise<boolean> => {
  for (;;) {
    if (isEnding()) return false
    const { rowCount } = await pool.query(
      `delete from tenantry_runtime.history h using (
         select e.tableoid, e.ctid from tenantry_runtime.history e where e.workspace_id = $1 limit ${PURGED_ROWS}
       ) b where h.tableoid = b.tableoid and h.ctid = b.ctid`,
      [workspaceId],
    )
    if ((rowCount ?? 0) < PURGED_ROWS) return true
  }
}
