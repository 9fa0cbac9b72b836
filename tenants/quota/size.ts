// Sizes of workspaces, and the quotas that they have reached. A round measures workspaces with a quota for
// records or bytes every time, others on each day (UTC), and a bounded number of all. Bytes are the files of
// tables with indexes. Records are taken from the statistics of writes; near the quota they are counted.

import type { Pool } from 'pg'
import { type Connection, inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { settleQuotas } from '../limits.ts'

interface WorkspaceSize {
  /** Rows of all tables, the trash included. */
  readonly records: number
  readonly areRecordsExact: boolean
  readonly bytes: number
  readonly measuredAt: Date
  /** The quota that keeps records from being created; null: none. */
  readonly quotaReached: 'records' | 'bytes' | null
}

/** Null before the first measurement. */
export const readSize = async (
  connection: Connection,
  workspaceId: string,
): Promise<WorkspaceSize | null> => {
  const { rows } = await connection.query<WorkspaceSize>(
    `select s.records::float8 as records, s.are_records_exact as "areRecordsExact", s.bytes::float8 as bytes,
       s.measured_at as "measuredAt", w.quota_reached as "quotaReached"
     from tenantry.workspace_sizes s join tenantry.workspaces w on w.id = s.workspace_id where w.id = $1`,
    [workspaceId],
  )
  return rows[0] ?? null
}

/** Of a round. */
const MAX_WORKSPACES = 500

const DUE_SQL = `select w.id from tenantry.workspaces w left join tenantry.workspace_sizes s on s.workspace_id = w.id
  where w.deleted_at is null and (
    w.settings ?| array['maxRecords', 'maxBytes'] or s.measured_at is null or s.measured_at < date_trunc('day', now(), 'UTC')
  )
  order by w.settings ?| array['maxRecords', 'maxBytes'] desc, s.measured_at nulls first limit ${MAX_WORKSPACES}`

interface Estimate {
  readonly id: string
  readonly schemaName: string
  readonly maxRecords: number | null
  readonly records: number
  readonly bytes: number
  readonly tables: readonly string[]
}

/** The statistics of writes begin with a crash; the planner's figures end with the last analyse. */
const ESTIMATE_SQL = `select w.id, w.schema_name as "schemaName", (w.settings ->> 'maxRecords')::float8 as "maxRecords",
    coalesce(sum(greatest(pg_catalog.pg_stat_get_live_tuples(c.oid), c.reltuples, 0)) filter (where c.relkind = 'r'), 0)::float8 as records,
    coalesce(sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::float8 as bytes,
    coalesce(array_agg(c.relname::text) filter (where c.relkind = 'r'), '{}') as tables
  from tenantry.workspaces w
  left join lateral tenantry.relations_of(w.schema_name, null) c on c.relkind in ('r', 'm')
  where w.id = any ($1) group by w.id`

interface ShardSize {
  readonly schemaName: string
  readonly records: number
  readonly bytes: number
  /** The node that holds the tables does not answer. */
  readonly isAway: boolean
}

const SHARDS_SQL = `select schema_name::text as "schemaName", coalesce(sum(records), 0) as records, coalesce(sum(bytes), 0) as bytes,
    bool_or(bytes is null) as "isAway"
  from tenantry.shard_sizes($1::name[], true) group by 1`

/** Distributed workspaces have the sizes of their nodes. Those of a node that is away keep earlier ones. */
const estimate = async (pool: Pool, ids: readonly string[]): Promise<readonly Estimate[]> => {
  const { rows } = await pool.query<Estimate>(ESTIMATE_SQL, [ids])
  const shards = await pool.query<ShardSize>(SHARDS_SQL, [rows.map(({ schemaName }) => schemaName)])
  const bySchema = new Map(shards.rows.map((size) => [size.schemaName, size]))
  return rows.flatMap((row) => {
    const held = bySchema.get(row.schemaName)
    if (held === undefined) return [row]
    const { records, bytes } = held
    return held.isAway ? [] : [{ ...row, records, bytes }]
  })
}

/** From this share of a quota on, records are counted, and up to so many. */
const NEAR = 0.9
const MAX_COUNTED = 5_000_000
const COUNT_TIMEOUT_MS = 30_000
/** Of one query. */
const BATCH = 50

/** Null where a table cannot be counted: it was dropped meanwhile, is locked, or belongs to others. */
const count = async (pool: Pool, { schemaName, tables }: Estimate): Promise<number | null> => {
  const counts = tables.map(
    (table) => `(select count(*) from ${quoteIdentifier(schemaName)}.${quoteIdentifier(table)})`,
  )
  if (counts.length === 0) return 0
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(`set local statement_timeout = ${COUNT_TIMEOUT_MS}; set local lock_timeout = '1s'`)
      const { rows } = await client.query<{ records: number }>(
        `select (${counts.join(' + ')})::float8 as records`,
      )
      return rows[0]?.records ?? null
    })
  } catch {
    return null
  }
}

const isNear = ({ records, maxRecords }: Estimate): boolean =>
  maxRecords !== null && records >= NEAR * maxRecords && records <= MAX_COUNTED

interface Measured {
  readonly id: string
  readonly records: number
  readonly areRecordsExact: boolean
  readonly bytes: number
}

const measured = async (pool: Pool, estimated: Estimate): Promise<Measured> => {
  const counted = isNear(estimated) ? await count(pool, estimated) : null
  const { id, records, bytes } = estimated
  return { id, records: Math.round(counted ?? records), areRecordsExact: counted !== null, bytes }
}

/** One statement for a batch: a commit for each of thousands of workspaces would compete with requests. */
const STORE_SQL = `with size as (
    select s.id, s.records, s.exact, s.bytes
    from unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::bigint[]) s (id, records, exact, bytes)
    -- Without the ones that were purged meanwhile.
    join tenantry.workspaces w on w.id = s.id
  ),
  days as (
    insert into tenantry.usage_days (workspace_id, day, records, bytes)
    select id, (now() at time zone 'UTC')::date, records, bytes from size order by id
    on conflict (workspace_id, day) do update set records = excluded.records, bytes = excluded.bytes
  )
  insert into tenantry.workspace_sizes (workspace_id, records, are_records_exact, bytes)
  select id, records, exact, bytes from size order by id
  on conflict (workspace_id) do update set records = excluded.records, are_records_exact = excluded.are_records_exact,
    bytes = excluded.bytes, measured_at = now()`

const store = async (pool: Pool, sizes: readonly Measured[]): Promise<void> => {
  await pool.query(STORE_SQL, [
    sizes.map(({ id }) => id),
    sizes.map(({ records }) => records),
    sizes.map(({ areRecordsExact }) => areRecordsExact),
    sizes.map(({ bytes }) => bytes),
  ])
}

/** Measures the workspaces that are due. @returns how many */
export const measureSizes = async (pool: Pool, isEnding: () => boolean = () => false): Promise<number> => {
  const { rows: due } = await pool.query<{ id: string }>(DUE_SQL)
  for (let from = 0; from < due.length; from += BATCH) {
    if (isEnding()) return from
    const ids = due.slice(from, from + BATCH).map(({ id }) => id)
    const sizes: Measured[] = []
    for (const each of await estimate(pool, ids)) sizes.push(await measured(pool, each))
    await store(pool, sizes)
    await settleQuotas(pool, ids)
  }
  return due.length
}
