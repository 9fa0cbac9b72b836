// Deliveries of webhooks: rows of tenantry_runtime.deliveries, from the change that caused them to the last
// attempt. The clock is the caller's.
//
//   waiting ─ claim ─> waiting, leased ─ 2xx ─────────────────────> delivered
//      ^                     │  ├─ not readable any more ─────────> cancelled
//      │                     │  └─ tenth failure, 410 ────────────> failed
//      └─ lease expired, ────┘
//         failed: due later

import type { ClientBase, Pool } from 'pg'
import type { Connection } from '../../sql/ownerPool.ts'
import { hasWebhooks } from './webhook.ts'

export interface NewDelivery {
  readonly webhookId: string
  readonly workspaceId: string
  readonly changeId: string
  /** Id of the writer's transaction. */
  readonly xid: string
  readonly event: string
  readonly at: string
}

/** A webhook as its deliveries need it. */
export interface DeliveringWebhook {
  readonly id: string
  readonly workspaceId: string
  readonly targetUrl: string
  readonly host: string
  readonly secret: Buffer | null
  readonly roleId: string | null
  readonly roleLabel: string | null
  readonly pgRole: string | null
  readonly keyId: string | null
  /** Whether the key that answers for it works; true where a member does. */
  readonly isKeyActive: boolean
  readonly workspaceMemberId: string | null
  readonly ownerName: string
}

export interface ClaimedDelivery {
  readonly id: string
  readonly lease: string
  readonly changeId: string
  readonly event: string
  readonly at: Date
  /** Attempts so far. */
  readonly attempts: number
  readonly webhook: DeliveringWebhook
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

/**
 * Stores deliveries that are due now. Twice stored is once; changes from before their webhook are left out.
 */
export const insertDeliveries = async (
  client: ClientBase,
  deliveries: readonly NewDelivery[],
  now: Date,
): Promise<number> => {
  if (deliveries.length === 0) return 0
  const column = (name: keyof NewDelivery): readonly string[] => deliveries.map((each) => each[name])
  const { rowCount } = await client.query(
    `insert into tenantry_runtime.deliveries (webhook_id, workspace_id, change_id, event, at, due_at)
     select n.webhook_id, n.workspace_id, n.change_id, n.event, n.at, $7
     from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::xid8[], $5::text[], $6::timestamptz[])
       n (webhook_id, workspace_id, change_id, xid, event, at)
     join tenantry.webhooks w on w.id = n.webhook_id and not pg_visible_in_snapshot(n.xid, w.since)
     on conflict do nothing`,
    [
      ...[column('webhookId'), column('workspaceId'), column('changeId')],
      ...[column('xid'), column('event'), column('at'), now],
    ],
  )
  return rowCount ?? 0
}

interface ClaimRequest {
  readonly now: Date
  /** At most so many. */
  readonly limit: number
  readonly leaseMs: number
  /** Attempts of one webhook that run at the same time, over all gateways. */
  readonly perWebhook: number
  /** Failures in a row after which a webhook gets one attempt at a time. */
  readonly breakAfter: number
  /** Hosts and workspaces that have as many attempts as they may. */
  readonly busyHosts: readonly string[]
  readonly busyWorkspaces: readonly string[]
}

/**
 * Webhooks with waiting deliveries are found by skipping through the index, so a long queue of one costs no
 * other. Workspaces take turns.
 */
const CLAIM_SQL = `with recursive waiting as (
    (select d.webhook_id from tenantry_runtime.deliveries d where d.status = 'waiting' order by d.webhook_id limit 1)
    union all
    select (
      select d.webhook_id from tenantry_runtime.deliveries d
      where d.status = 'waiting' and d.webhook_id > waiting.webhook_id order by d.webhook_id limit 1
    ) from waiting where waiting.webhook_id is not null
  ), open as (
    select w.id, w.workspace_id,
      case when w.failures < $4 then $3 - running.count when running.count = 0 and w.probe_at <= $1 then 1 else 0 end as free
    from waiting join tenantry.webhooks w on w.id = waiting.webhook_id and w.status = 'active'
    cross join lateral (
      select count(*)::int as count from tenantry_runtime.deliveries d
      where d.webhook_id = w.id and d.status = 'waiting' and d.lease is not null and d.due_at > $1
    ) running
    where w.host <> all ($5) and w.workspace_id <> all ($6)
  ), due as (
    select d.id, open.workspace_id, d.due_at,
      row_number() over (partition by open.workspace_id order by d.due_at, d.change_id) as turn
    from open cross join lateral (
      select d.id, d.due_at, d.change_id from tenantry_runtime.deliveries d
      where d.webhook_id = open.id and d.status = 'waiting' and d.due_at <= $1
      order by d.due_at, d.change_id limit greatest(open.free, 0)
    ) d
  ), locked as (
    select d.id from tenantry_runtime.deliveries d
    where d.id = any (array(select due.id from due order by due.turn, due.due_at limit $2)) and d.status = 'waiting' and d.due_at <= $1
    for update skip locked
  ), claimed as (
    update tenantry_runtime.deliveries d set lease = gen_random_uuid(), due_at = $1::timestamptz + $7 * interval '1 ms'
    from locked where d.id = locked.id
    returning d.id, d.lease, d.change_id, d.event, d.at, jsonb_array_length(d.attempts) as attempts, d.webhook_id
  )
  select c.id, c.lease, c.change_id as "changeId", c.event, c.at, c.attempts, w.id as "webhookId", w.workspace_id as "workspaceId",
    w.target_url as "targetUrl", w.host, w.secret, w.role_id as "roleId", r.label as "roleLabel", r.pg_role as "pgRole",
    w.api_key_id as "keyId", w.workspace_member_id as "workspaceMemberId", w.owner_name as "ownerName",
    w.api_key_id is null or coalesce(k.revoked_at is null and k.expires_at > $1, false) as "isKeyActive"
  from claimed c
  join tenantry.webhooks w on w.id = c.webhook_id
  left join tenantry.roles r on r.id = w.role_id
  left join tenantry.api_keys k on k.id = w.api_key_id
  order by c.change_id`

interface ClaimedRow extends Omit<ClaimedDelivery, 'webhook'>, Omit<DeliveringWebhook, 'id'> {
  readonly webhookId: string
}

/** Deliveries to be attempted now, leased to the caller. */
export const claimDeliveries = async (
  pool: Pool,
  { now, limit, leaseMs, perWebhook, breakAfter, busyHosts, busyWorkspaces }: ClaimRequest,
): Promise<readonly ClaimedDelivery[]> => {
  const { rows } = await pool.query<ClaimedRow>({
    name: 'tenantry_claim_deliveries',
    text: CLAIM_SQL,
    values: [now, limit, perWebhook, breakAfter, busyHosts, busyWorkspaces, leaseMs],
  })
  return rows.map(({ id, lease, changeId, event, at, attempts, webhookId, ...webhook }) => ({
    ...{ id, lease, changeId, event, at, attempts },
    webhook: { ...webhook, id: webhookId },
  }))
}

type Leased = Pick<ClaimedDelivery, 'id' | 'lease'>

/** @returns false if the lease was taken over. */
const end = async (
  connection: Connection,
  { id, lease }: Leased,
  status: 'delivered' | 'cancelled' | 'failed',
  attempt: Attempt | null,
): Promise<boolean> => {
  const { rowCount } = await connection.query(
    `update tenantry_runtime.deliveries set status = $3, lease = null, attempts = attempts || $4::jsonb where id = $1 and lease = $2`,
    [id, lease, status, JSON.stringify(attempt === null ? [] : [attempt])],
  )
  return (rowCount ?? 0) > 0
}

export const markDelivered = async (
  pool: Pool,
  delivery: ClaimedDelivery,
  attempt: Attempt,
): Promise<void> => {
  await end(pool, delivery, 'delivered', attempt)
  await pool.query(
    `update tenantry.webhooks set failures = 0, failing_since = null, probe_at = null where id = $1 and failures > 0`,
    [delivery.webhook.id],
  )
}

export const markCancelled = async (pool: Pool, delivery: Leased, attempt: Attempt): Promise<void> => {
  await end(pool, delivery, 'cancelled', attempt)
}

/** Gives the lease back, without an attempt. */
export const postpone = async (pool: Pool, { id, lease }: Leased, dueAt: Date): Promise<void> => {
  await pool.query(
    'update tenantry_runtime.deliveries set lease = null, due_at = $3 where id = $1 and lease = $2',
    [id, lease, dueAt],
  )
}

interface FailedAttempt {
  readonly attempt: Attempt
  /** Null: it was the last attempt. */
  readonly retryAt: Date | null
  readonly now: Date
  /** When a webhook that fails for long is probed again, by its failures so far. */
  readonly probeAt: (failures: number) => Date
}

interface FailingWebhook {
  /** Failures in a row, with this one. */
  readonly failures: number
  readonly failingSince: Date
}

/** @returns how the webhook does; null if the lease was taken over */
export const markFailed = async (
  pool: Pool,
  delivery: ClaimedDelivery,
  { attempt, retryAt, now, probeAt }: FailedAttempt,
): Promise<FailingWebhook | null> => {
  const { rowCount } =
    retryAt === null
      ? { rowCount: (await end(pool, delivery, 'failed', attempt)) ? 1 : 0 }
      : await pool.query(
          `update tenantry_runtime.deliveries set lease = null, due_at = $3, attempts = attempts || $4::jsonb where id = $1 and lease = $2`,
          [delivery.id, delivery.lease, retryAt, JSON.stringify([attempt])],
        )
  if ((rowCount ?? 0) === 0) return null
  const { rows } = await pool.query<FailingWebhook>(
    `update tenantry.webhooks set failures = failures + 1, failing_since = coalesce(failing_since, $2) where id = $1
     returning failures, failing_since as "failingSince"`,
    [delivery.webhook.id, now],
  )
  const [failing] = rows
  if (failing === undefined) return null
  await pool.query('update tenantry.webhooks set probe_at = $2 where id = $1', [
    delivery.webhook.id,
    probeAt(failing.failures),
  ])
  return failing
}

/** Ten attempts take up to 90 hours, and each makes its body from the feed. */
const LEAST_DAYS = 4

/** Days that the feed is kept: longer than asked for where webhooks need it. */
export const retentionDaysOf = async (pool: Pool, askedDays: number): Promise<number> =>
  askedDays < LEAST_DAYS && (await hasWebhooks(pool)) ? LEAST_DAYS : askedDays

const BATCH_ROWS = 10_000

/** Deletes the deliveries that are older than the feed, and those of webhooks that are gone. */
export const pruneDeliveries = async (
  pool: Pool,
  before: Date,
  isEnding: () => boolean = () => false,
): Promise<number> => {
  for (let total = 0; ; ) {
    const { rowCount } = await pool.query(
      `delete from tenantry_runtime.deliveries where id = any (array(
         select d.id from tenantry_runtime.deliveries d
         where d.at < $1 or not exists (select from tenantry.webhooks w where w.id = d.webhook_id) limit ${BATCH_ROWS}
       ))`,
      [before],
    )
    total += rowCount ?? 0
    if ((rowCount ?? 0) < BATCH_ROWS || isEnding()) return total
  }
}
