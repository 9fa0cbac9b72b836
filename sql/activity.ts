// What the backends of gateways run: rows of pg_stat_activity. Requests log in as the gateway's role; the
// owner's backends run DDL, maintenance and reads of the control schema. Statements of requests hold no
// values; the texts of the owner's may, and stay in the database.

import { GATEWAY_LOGINS } from './gatewayRole.ts'
import type { Connection } from './ownerPool.ts'

/** One statement of one backend. Times are UTC with microseconds: both are compared exactly. */
export interface StatementIdentity {
  readonly pid: number
  readonly backendStart: string
  readonly startedAt: string
}

export interface BackendActivity extends StatementIdentity {
  readonly kind: 'request' | 'owner'
  readonly ms: number
  readonly state: string
  /** `Lock:relation` and so on; null: it works. */
  readonly waitEvent: string | null
  /** Backends that it waits for a lock of. */
  readonly blockedBy: readonly number[]
  /** The SQL command, in upper case. */
  readonly operation: string
  /** Null: a statement of the owner. */
  readonly statement: string | null
  /** The workspace whose schema the statement names. */
  readonly workspace: { readonly id: string; readonly subdomain: string } | null
}

export interface Activities {
  readonly activities: readonly BackendActivity[]
  /** Backends that the owner may not look into. */
  readonly hidden: number
}

const LONGEST_STATEMENT = 1_000

const timeText = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

const READ_SQL = `with backends as (
    select *, usename = any($1) as "isRequest" from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
      and (usename = any($1) or (usename = current_user and application_name like 'tenantry%'))
  )
  select pid, ${timeText('backend_start')} as "backendStart", ${timeText('query_start')} as "startedAt",
    case when "isRequest" then 'request' else 'owner' end as kind, state,
    round(extract(epoch from clock_timestamp() - query_start) * 1000)::float8 as ms,
    wait_event_type || ':' || wait_event as "waitEvent",
    case when wait_event_type = 'Lock' then pg_blocking_pids(pid) else '{}' end as "blockedBy",
    upper(coalesce(substring(query from '^\\s*([A-Za-z]+)'), '')) as operation,
    case when "isRequest" then left(query, ${LONGEST_STATEMENT}) end as statement,
    case when w.id is not null then jsonb_build_object('id', w.id, 'subdomain', w.subdomain) end as workspace
  from backends left join tenantry.workspaces w on w.schema_name = substring(query from '"?(w_[a-z0-9_]+)"?\\.')
  where state is null or (state <> 'idle' and query_start is not null)
  order by query_start, pid`

type ActivityRow = Omit<BackendActivity, 'state'> & { readonly state: string | null }

const isVisible = (row: ActivityRow): row is ActivityRow & { readonly state: string } => row.state !== null

/** What runs now, longest first. */
export const readActivities = async (connection: Connection): Promise<Activities> => {
  // A transaction would go on seeing what its first look saw.
  await connection.query('select pg_stat_clear_snapshot()')
  const { rows } = await connection.query<ActivityRow>(READ_SQL, [GATEWAY_LOGINS])
  const activities = rows.filter(isVisible)
  return { activities, hidden: rows.length - activities.length }
}

/**
 * Cancels the statement if its backend still runs it. An equal start of the statement proves that: every
 * execution sets a new one. @returns whether it was cancelled
 */
export const cancelStatement = async (
  connection: Connection,
  { pid, backendStart, startedAt }: StatementIdentity,
): Promise<boolean> => {
  await connection.query('select pg_stat_clear_snapshot()')
  const { rows } = await connection.query<{ isSent: boolean }>(
    `select pg_cancel_backend(pid) as "isSent" from pg_stat_activity
     where pid = $1 and backend_start = $2 and query_start = $3 and state <> 'idle'`,
    [pid, backendStart, startedAt],
  )
  return rows[0]?.isSent === true
}
