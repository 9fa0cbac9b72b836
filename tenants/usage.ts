// Usage of workspaces' APIs by the hour: adds the counts of one gateway to tenantry.usage, and sums over the
// last 24 hours. gateway/usage does the counting.

import type { Pool } from 'pg'
import { inTransaction } from '../sql/ownerPool.ts'

export interface UsageRow {
  readonly workspaceId: string
  /** Id of an API key or of a member. */
  readonly callerId: string
  readonly route: string
  readonly requests: number
  readonly refused: number
  readonly failed: number
  readonly totalMs: number
  readonly latencies: readonly number[]
}

/**
 * Locks the workspaces before any row of theirs, as dropping a workspace does, so the two neither deadlock
 * nor leave a row without its workspace. Rows are written in the order of the key, so gateways that flush at
 * the same time wait for each other without a deadlock.
 */
const ADD_SQL = `with rows as materialized (
    select * from jsonb_to_recordset($1) as r ("workspaceId" uuid, "callerId" uuid, route text, requests bigint,
      refused bigint, failed bigint, "totalMs" float8, latencies bigint[])
  ),
  alive as materialized (
    select id from tenantry.workspaces where id in (select "workspaceId" from rows) order by id for key share
  )
  insert into tenantry.usage as u
    (workspace_id, hour, spender_id, route, requests, refused, failed, total_ms, latencies)
  select r."workspaceId", date_trunc('hour', now(), 'UTC'), r."callerId", r.route, r.requests, r.refused, r.failed,
    r."totalMs", r.latencies
  from rows r join alive on alive.id = r."workspaceId"
  order by 1, 2, 3, 4
  on conflict (workspace_id, hour, spender_id, route) do update set
    requests = u.requests + excluded.requests, refused = u.refused + excluded.refused,
    failed = u.failed + excluded.failed, total_ms = u.total_ms + excluded.total_ms,
    latencies = tenantry.add_counts(u.latencies, excluded.latencies)`

/** Rows that another transaction holds are left to it, or to the next flush. */
const DROP_OLD_SQL = `delete from tenantry.usage where (workspace_id, hour, spender_id, route) in (
  select workspace_id, hour, spender_id, route from tenantry.usage where hour < now() - interval '48 hours'
  for update skip locked)`

/** The same counts by the day, for bills (quota/usageDays.ts). */
const ADD_DAYS_SQL = `with rows as materialized (
    select "workspaceId" as id, sum(requests) as requests, sum(refused) as refused, sum(failed) as failed, sum("totalMs") as total_ms
    from jsonb_to_recordset($1) as r ("workspaceId" uuid, requests bigint, refused bigint, failed bigint, "totalMs" float8)
    group by 1
  ),
  alive as materialized (
    select id from tenantry.workspaces where id in (select id from rows) order by id for key share
  )
  insert into tenantry.usage_days as u (workspace_id, day, requests, refused, failed, total_ms)
  select r.id, (now() at time zone 'UTC')::date, r.requests, r.refused, r.failed, r.total_ms
  from rows r join alive on alive.id = r.id
  order by 1
  on conflict (workspace_id, day) do update set requests = u.requests + excluded.requests,
    refused = u.refused + excluded.refused, failed = u.failed + excluded.failed, total_ms = u.total_ms + excluded.total_ms`

const DROP_OLD_DAYS_SQL = `delete from tenantry.usage_days where (workspace_id, day) in (
  select workspace_id, day from tenantry.usage_days where day < (now() at time zone 'UTC')::date - 400
  limit 10000 for update skip locked)`

/**
 * Adds to the current hour and day, skips workspaces that no longer exist, and deletes hours that are never
 * read again, and old days.
 */
export const addUsage = async (pool: Pool, rows: readonly UsageRow[]): Promise<void> => {
  const counts = JSON.stringify(rows)
  await inTransaction(pool, async (client) => {
    await client.query(ADD_SQL, [counts])
    await client.query(ADD_DAYS_SQL, [counts])
  })
  await pool.query(DROP_OLD_SQL)
  await pool.query(DROP_OLD_DAYS_SQL)
}

interface UsageHour {
  readonly at: Date
  readonly requests: number
  readonly refused: number
  readonly failed: number
}

export interface UsageRoute {
  readonly route: string
  readonly requests: number
  readonly totalMs: number
  readonly latencies: readonly number[]
}

export interface Usage {
  /** The last 24, oldest first. */
  readonly hours: readonly UsageHour[]
  /** The slowest on average first. */
  readonly routes: readonly UsageRoute[]
}

const MAX_ROUTES = 20
const HOURS_SQL = `select h.at, coalesce(sum(u.requests), 0)::float8 as requests, coalesce(sum(u.refused), 0)::float8 as refused,
    coalesce(sum(u.failed), 0)::float8 as failed
  from (select date_trunc('hour', now(), 'UTC') - interval '1 hour' * n as at from generate_series(0, 23) n) h
  left join tenantry.usage u on u.hour = h.at and u.workspace_id = $1 and ($2::uuid is null or u.spender_id = $2)
  group by h.at order by h.at`

const ROUTES_SQL = `with u as materialized (
    select route, requests, total_ms, latencies from tenantry.usage
    where workspace_id = $1 and hour > now() - interval '24 hours' and ($2::uuid is null or spender_id = $2)
  ),
  slowest as (
    select route, sum(requests) as requests, sum(total_ms) as total_ms from u
    group by route order by sum(total_ms) / sum(requests) desc, route limit ${MAX_ROUTES}
  )
  select s.route, s.requests::float8 as requests, s.total_ms as "totalMs", (
    select array_agg(n order by i) from (
      select l.i, sum(l.n)::float8 as n from u, unnest(u.latencies) with ordinality l (n, i) where u.route = s.route group by l.i
    ) steps
  ) as latencies
  from slowest s order by s.total_ms / s.requests desc, s.route`

/** @param callerId null for all callers of the workspace. */
export const readUsage = async (pool: Pool, workspaceId: string, callerId: string | null): Promise<Usage> => {
  const [hours, routes] = await Promise.all([
    pool.query<UsageHour>(HOURS_SQL, [workspaceId, callerId]),
    pool.query<UsageRoute>(ROUTES_SQL, [workspaceId, callerId]),
  ])
  return { hours: hours.rows, routes: routes.rows }
}
