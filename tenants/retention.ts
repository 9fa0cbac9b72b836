// Deletes expired rows of the control schema, and returns their number by kind. Most tables are pruned when
// rows are inserted; this covers those without regular inserts. Audit rows of a workspace are kept for the
// days that it configures; those without a workspace, or of a suspended or deleted one, are kept for good.

import type { Pool } from 'pg'
import { hasEnded } from './member/session.ts'
import { DEFAULT_SETTINGS } from './workspaceSettings.ts'

export interface Expired {
  readonly events: number
  readonly idempotencyKeys: number
  readonly sessions: number
  readonly signInLinks: number
  readonly usage: number
}

/** Of each kind, in one transaction. */
const BATCH_ROWS = 10_000
/** The shortest retention that a workspace may choose, so that the index on the time is usable. */
const SHORTEST_EVENT_DAYS = 30

const someOf = (table: string, condition: string): string =>
  `delete from ${table} where ctid = any (array(select x.ctid from ${table} x where ${condition} limit ${BATCH_ROWS})) returning 1`

const EXPIRED_SQL = `with
  events as (delete from tenantry.audit where ctid = any (array(
    select a.ctid from tenantry.audit a
    join tenantry.workspaces w on w.id = a.workspace_id and w.status = 'active'
    where a.at <= $1::timestamptz - interval '${SHORTEST_EVENT_DAYS} days'
      and a.at <= $1::timestamptz - interval '1 day' * coalesce((w.settings ->> 'eventLogRetentionDays')::integer, $2)
    limit ${BATCH_ROWS})) returning 1),
  keys as (${someOf('tenantry_request.idempotency_keys', `x.created_at <= $1::timestamptz - interval '24 hours'`)}),
  sessions as (${someOf('tenantry.sessions', hasEnded('x', '$1::timestamptz'))}),
  links as (${someOf('tenantry.sign_in_links', 'x.expires_at <= $1::timestamptz')}),
  hours as (${someOf('tenantry.usage', `x.hour < $1::timestamptz - interval '48 hours'`)})
select (select count(*) from events)::float8 as events, (select count(*) from keys)::float8 as "idempotencyKeys",
  (select count(*) from sessions)::float8 as sessions, (select count(*) from links)::float8 as "signInLinks",
  (select count(*) from hours)::float8 as usage`

const NOTHING: Expired = { events: 0, idempotencyKeys: 0, sessions: 0, signInLinks: 0, usage: 0 }

export const deleteExpired = async (
  pool: Pool,
  { now, isEnding = () => false }: { readonly now: Date; readonly isEnding?: () => boolean },
): Promise<Expired> => {
  let total = NOTHING
  for (let isDone = false; !isDone && !isEnding(); ) {
    const { rows } = await pool.query<Expired>(EXPIRED_SQL, [now, DEFAULT_SETTINGS.eventLogRetentionDays])
    const some = rows[0] ?? NOTHING
    total = {
      events: total.events + some.events,
      idempotencyKeys: total.idempotencyKeys + some.idempotencyKeys,
      sessions: total.sessions + some.sessions,
      signInLinks: total.signInLinks + some.signInLinks,
      usage: total.usage + some.usage,
    }
    isDone = Object.values(some).every((count) => count < BATCH_ROWS)
  }
  return total
}
