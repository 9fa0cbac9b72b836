// Deliveries of webhooks: rows of tenantry_runtime.deliveries, from the change that caused them to the last
// attempt. The clock is the caller's.
//
//   waiting ─ claim ─> waiting, leased ─ 2xx ─────────────────────> delivered
//      ^                     │  ├─ not readable any more ─────────> cancelled
//      │                     │  └─ tenth failure, 410, change gone > failed
//      └─ lease expired, ────┘
//         failed: due later

import type { ClientBase, Pool } from 'pg'
import { queryByIndex } from '../../sql/byIndex.ts'
import type { Connection } from '../../sql/ownerPool.ts'
import { OF_OPERATORS, OF_WORKSPACES, type WebhookTables } from '../changes/webhookTables.ts'

export interface NewDelivery {
  readonly webhookId: string
  readonly workspaceId: string
  readonly changeId: string
  /** Id of the writer's transaction. */
  readonly xid: string
  readonly event: string
  readonly at: string
  /** Of a webhook in order: equal for changes of one record. */
  readonly recordKey: string | null
}

/** One attempt, as the log shows it. */
export interface Attempt {
  readonly at: string
  /** HTTP status; absent without an answer. */
  readonly status?: number
  readonly error?: string
  readonly ms: number
  /** The beginning of the answer. */
  readonly answer?: string
}

/** Attempts of a delivery, the ones that a person asked for included. */
export const MOST_ATTEMPTS = 20

/** Deliveries that have ended wait again, under their ids. */
const REVIVED = `do update set status = 'waiting', lease = null, due_at = excluded.due_at, record_key = excluded.record_key
  where stored.status <> 'waiting' and jsonb_array_length(stored.attempts) < ${MOST_ATTEMPTS}`

interface InsertOptions {
  readonly isAgain?: boolean
  readonly tables?: WebhookTables
}

/**
 * Stores deliveries that are due now, or with the latest one of the same record that waits.
 * Twice stored is once; changes from before their webhook are left out.
 * @param isAgain sends deliveries that have ended once more
 */
export const insertDeliveries = async (
  client: ClientBase,
  deliveries: readonly NewDelivery[],
  now: Date,
  { isAgain = false, tables = OF_WORKSPACES }: InsertOptions = {},
): Promise<number> => {
  if (deliveries.length === 0) return 0
  const column = (name: keyof NewDelivery): readonly (string | null)[] => deliveries.map((each) => each[name])
  const { rowCount } = await client.query(
    `insert into ${tables.deliveries} as stored (webhook_id, workspace_id, change_id, event, at, record_key, due_at)
     select n.webhook_id, n.workspace_id, n.change_id, n.event, n.at, n.record_key, greatest($8::timestamptz, (
       select case when d.lease is null then d.due_at end from ${tables.deliveries} d
       where d.webhook_id = n.webhook_id and d.record_key = n.record_key and d.status = 'waiting'
       order by d.change_id desc, d.event desc limit 1
     ))
     from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::xid8[], $5::text[], $6::timestamptz[], $7::text[])
       n (webhook_id, workspace_id, change_id, xid, event, at, record_key)
     join ${tables.webhooks} w on w.id = n.webhook_id and not pg_visible_in_snapshot(n.xid, w.since)
     on conflict (webhook_id, change_id, event) ${isAgain ? REVIVED : 'do nothing'}`,
    [
      ...[column('webhookId'), column('workspaceId'), column('changeId')],
      ...[column('xid'), column('event'), column('at'), column('recordKey'), now],
    ],
  )
  return rowCount ?? 0
}

export interface Leased {
  readonly id: string
  readonly lease: string
}

/** Where the lease was taken over, nothing is stored. */
const endSql = ({
  deliveries,
}: WebhookTables): string => `update ${deliveries} set status = $3, lease = null, attempts = attempts || $4::jsonb
  where id = $1 and lease = $2`

/** Deliveries by their ids, where they still have the leases: a lease is of one delivery. */
const areLeased = 'd.id = any ($1::uuid[]) and d.lease = any ($2::uuid[])'

export interface DeliveredAttempt extends Leased {
  readonly attempt: Attempt
}

/**
 * Webhooks are locked in order: two gateways may have successes of the same ones. What a crash of Postgres
 * undoes is delivered once more, under its id.
 */
export const markDelivered = async (
  pool: Pool,
  ended: readonly DeliveredAttempt[],
  { name, deliveries, webhooks } = OF_WORKSPACES,
): Promise<void> => {
  await queryByIndex(pool, {
    name: `${name}_delivered`,
    isLossy: true,
    text: `with ended as (
        update ${deliveries} d set status = 'delivered', lease = null, attempts = d.attempts || ($3::jsonb[])[array_position($2::uuid[], d.lease)]
        where ${areLeased} returning d.webhook_id
      ), failing as materialized (
        select w.id from ${webhooks} w where w.failures > 0 and w.id = any (array(select e.webhook_id from ended e)) order by w.id for update
      )
      update ${webhooks} w set failures = 0, failing_since = null, probe_at = null
      where w.id = any (array(select failing.id from failing))`,
    values: [
      ended.map(({ id }) => id),
      ended.map(({ lease }) => lease),
      ended.map(({ attempt }) => JSON.stringify([attempt])),
    ],
  })
}

/** Ends a delivery of which nothing can be sent. The webhook's failures stay as they are. */
export const markUnsent = async (
  pool: Pool,
  { id, lease }: Leased,
  status: 'cancelled' | 'failed',
  attempt: Attempt,
  tables = OF_WORKSPACES,
): Promise<void> => {
  await pool.query(endSql(tables), [id, lease, status, JSON.stringify([attempt])])
}

/** Gives the lease back, without an attempt. */
export const postpone = async (
  pool: Pool,
  { id, lease }: Leased,
  dueAt: Date,
  { deliveries } = OF_WORKSPACES,
): Promise<void> => {
  await pool.query(`update ${deliveries} set lease = null, due_at = $3 where id = $1 and lease = $2`, [
    id,
    lease,
    dueAt,
  ])
}

/** Gives many leases back, without an attempt: the deliveries are due now. Lost in a crash, they expire. */
export const release = async (
  pool: Pool,
  held: readonly Leased[],
  now: Date,
  { name, deliveries } = OF_WORKSPACES,
): Promise<void> => {
  await queryByIndex(pool, {
    name: `${name}_released`,
    isLossy: true,
    text: `update ${deliveries} d set lease = null, due_at = $3 where ${areLeased}`,
    values: [held.map(({ id }) => id), held.map(({ lease }) => lease), now],
  })
}

interface FailedAttempt {
  readonly attempt: Attempt
  /** Null: it was the last attempt. */
  readonly retryAt: Date | null
  readonly now: Date
  /** Until a webhook is probed, after its first failure in a row, the second, …; the last one repeats. */
  readonly probeDelaysMs: readonly number[]
}

/** @returns since when the webhook fails; null if the lease was taken over */
export const markFailed = async (
  pool: Pool,
  { id, lease }: Leased,
  { attempt, retryAt, now, probeDelaysMs }: FailedAttempt,
  tables = OF_WORKSPACES,
): Promise<Date | null> => {
  const { rows } = await queryByIndex<{ failingSince: Date }>(pool, {
    name: `${tables.name}_delivery_failed`,
    text: `with failed as (
        update ${tables.deliveries}
        set lease = null, attempts = attempts || $4::jsonb, due_at = coalesce($3::timestamptz, due_at),
          status = case when $3::timestamptz is null then 'failed' else 'waiting' end
        where id = $1 and lease = $2 returning webhook_id, record_key
      ), held as (
        -- The next change of the record waits with it. The claim passes over the ones behind it, however many.
        update ${tables.deliveries} d set due_at = $3::timestamptz
        where d.id = any (array(select (
          select n.id from ${tables.deliveries} n
          where n.webhook_id = failed.webhook_id and n.record_key = failed.record_key and n.status = 'waiting' and n.id <> $1
          order by n.change_id, n.event limit 1
        ) from failed)) and (d.status = 'waiting' and d.lease is null and d.due_at < $3::timestamptz) is true
      )
      update ${tables.webhooks} w set failures = w.failures + 1, failing_since = coalesce(w.failing_since, $5::timestamptz),
        probe_at = $5::timestamptz + ($6::float8[])[least(w.failures + 1, cardinality($6::float8[]))] * interval '1 ms'
      where w.id = any (array(select failed.webhook_id from failed)) returning w.failing_since as "failingSince"`,
    values: [id, lease, retryAt, JSON.stringify([attempt]), now, probeDelaysMs],
  })
  return rows[0]?.failingSince ?? null
}

/** Ten attempts take up to 90 hours, and each makes its body from the feed. */
const LEAST_DAYS = 4

export const hasWebhooks = async (connection: Connection, { webhooks } = OF_WORKSPACES): Promise<boolean> =>
  ((await connection.query(`select from ${webhooks} limit 1`)).rowCount ?? 0) > 0

/** Days that the feed is kept: longer than asked for where webhooks need it. */
export const retentionDaysOf = async (pool: Pool, askedDays: number): Promise<number> =>
  askedDays < LEAST_DAYS && ((await hasWebhooks(pool)) || (await hasWebhooks(pool, OF_OPERATORS)))
    ? LEAST_DAYS
    : askedDays

const BATCH_ROWS = 10_000

/** Deletes the deliveries that are older than the feed, and those of webhooks that are gone. */
export const pruneDeliveries = async (
  pool: Pool,
  before: Date,
  isEnding: () => boolean = () => false,
  { webhooks, deliveries } = OF_WORKSPACES,
): Promise<number> => {
  for (let total = 0; ; ) {
    const { rowCount } = await pool.query(
      `delete from ${deliveries} where id = any (array(
         select d.id from ${deliveries} d
         where d.at < $1 or not exists (select from ${webhooks} w where w.id = d.webhook_id) limit ${BATCH_ROWS}
       ))`,
      [before],
    )
    total += rowCount ?? 0
    if ((rowCount ?? 0) < BATCH_ROWS || isEnding()) return total
  }
}
