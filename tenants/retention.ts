// Deletes expired rows of the control schema, and returns their number by kind. Most tables are pruned when
// rows are inserted; this covers those without regular inserts. Keys that no longer work are kept as long as
// the audit log, operators' keys too. Where no event trigger removes the registry's rows of dropped tables,
// the old ones are removed here.

import type { Pool } from 'pg'
import { hasEnded } from './member/session.ts'

/** After this, a repeated request is executed again. */
const KEYS_EXPIRED = `x.created_at <= $1::timestamptz - interval '24 hours'`

export interface Expired {
  readonly keys: number
  readonly operatorKeys: number
  readonly registryRows: number
  readonly idempotencyKeys: number
  readonly sessions: number
  readonly signInLinks: number
  readonly usage: number
}

/** Of each kind, in one transaction. */
const BATCH_ROWS = 10_000
/** Days after which a registry row without a table is deleted: a restore may need it before. */
const LEFT_BEHIND_DAYS = 30

const someOf = (table: string, condition: string): string =>
  `delete from ${table} where ctid = any (array(select x.ctid from ${table} x where ${condition} limit ${BATCH_ROWS})) returning 1`

const OPERATOR_SINCE = `$1::timestamptz - interval '1 day' * $2`

/**
 * Rows of tables that are gone. A restore finds its tables' rows by their names, so they stay for a while.
 */
const LEFT_BEHIND = `x.updated_at <= $1::timestamptz - interval '${LEFT_BEHIND_DAYS} days'
  and not exists (select from pg_event_trigger where evtname = 'tenantry_drop' and evtenabled in ('O', 'A'))
  and not exists (select from pg_class c where c.oid = x.table_oid)
  and not exists (
    select from tenantry.workspaces w
    join pg_namespace n on n.nspname = w.schema_name
    join pg_class c on c.relname = x.table_name and c.relnamespace = n.oid
    where w.id = x.workspace_id
  )`

const EXPIRED_SQL = `with
  dead_keys as (${someOf('tenantry.api_keys', `least(x.revoked_at, x.expires_at) <= ${OPERATOR_SINCE}`)}),
  operator_keys as (${someOf('tenantry.operator_keys', `least(x.revoked_at, x.expires_at) <= ${OPERATOR_SINCE}`)}),
  registry as (${someOf('tenantry.objects', LEFT_BEHIND)}),
  keys as (${someOf('tenantry_request.idempotency_keys', KEYS_EXPIRED)}),
  sessions as (${someOf('tenantry.sessions', hasEnded('x', '$1::timestamptz'))}),
  links as (${someOf('tenantry.sign_in_links', 'x.expires_at <= $1::timestamptz')}),
  hours as (${someOf('tenantry.usage', `x.hour < $1::timestamptz - interval '48 hours'`)})
select (select count(*) from dead_keys)::float8 as keys, (select count(*) from operator_keys)::float8 as "operatorKeys", (select count(*) from registry)::float8 as "registryRows",
  (select count(*) from keys)::float8 as "idempotencyKeys",
  (select count(*) from sessions)::float8 as sessions, (select count(*) from links)::float8 as "signInLinks",
  (select count(*) from hours)::float8 as usage`

const sumOf = (a: Expired, b: Expired): Expired => ({
  keys: a.keys + b.keys,
  operatorKeys: a.operatorKeys + b.operatorKeys,
  registryRows: a.registryRows + b.registryRows,
  idempotencyKeys: a.idempotencyKeys + b.idempotencyKeys,
  sessions: a.sessions + b.sessions,
  signInLinks: a.signInLinks + b.signInLinks,
  usage: a.usage + b.usage,
})

const NOTHING: Expired = {
  keys: 0,
  operatorKeys: 0,
  registryRows: 0,
  idempotencyKeys: 0,
  sessions: 0,
  signInLinks: 0,
  usage: 0,
}

const DEFAULT_KEY_DAYS = 400

interface ExpiryOptions {
  readonly now: Date
  /** Days that keys are kept after they ended; null: 400. */
  readonly auditDays?: number | null
  readonly isEnding?: () => boolean
}

export const deleteExpired = async (
  pool: Pool,
  { now, auditDays = null, isEnding = () => false }: ExpiryOptions,
): Promise<Expired> => {
  let total = NOTHING
  for (let isDone = false; !isDone && !isEnding(); ) {
    const values = [now, auditDays ?? DEFAULT_KEY_DAYS]
    const { rows } = await pool.query<Expired>(EXPIRED_SQL, values)
    const some = rows[0] ?? NOTHING
    total = sumOf(total, some)
    isDone = Object.values(some).every((count) => count < BATCH_ROWS)
  }
  return total
}

/**
 * Deletes the expired idempotency keys of a node beside the coordinator.
 * @param owner of the node
 * @returns their number
 */
export const deleteExpiredKeys = async (
  owner: Pool,
  { now, isEnding = () => false }: Omit<ExpiryOptions, 'auditDays'>,
): Promise<number> => {
  let total = 0
  for (let isDone = false; !isDone && !isEnding(); ) {
    const { rowCount } = await owner.query(someOf('tenantry_request.idempotency_keys', KEYS_EXPIRED), [now])
    total += rowCount ?? 0
    isDone = (rowCount ?? 0) < BATCH_ROWS
  }
  return total
}
