// Claims deliveries: leases them to one gateway, which attempts them at once. What an attempt needs of the
// control schema and of the log is read here for all of them together.

import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { queryByIndex } from '../../sql/byIndex.ts'
import { imageCharacters } from '../changes/feed.ts'
import { type AskedChange, type DeliveredChange, readDelivered } from '../changes/webhookFeed.ts'
import { OF_WORKSPACES, type WebhookTables } from '../changes/webhookTables.ts'
import { release } from './delivery.ts'
import { isModelEvent, type ModelEvent, readModelEvents } from './modelEvents.ts'
import { RECORD_COLUMNS, type RecordSettings } from './settings.ts'
import { waitingValues } from './skipScan.ts'
import type { EncryptedSecrets } from './webhook.ts'

/** A webhook as its deliveries need it. */
export interface DeliveringWebhook extends EncryptedSecrets, RecordSettings {
  readonly id: string
  readonly workspaceId: string
  readonly targetUrl: string
  readonly host: string
  readonly roleId: string | null
  readonly roleLabel: string | null
  readonly pgRole: string | null
  readonly keyId: string | null
  /** Whether the key that answers for it works; true where a member does. */
  readonly isKeyActive: boolean
  readonly workspaceMemberId: string | null
  readonly ownerName: string
  /** When it was resumed or its settings were changed last. */
  readonly updatedAt: Date
}

/** A delivery with what its body is made of. */
export interface Delivery {
  readonly id: string
  readonly changeId: string
  readonly event: string
  readonly at: Date
  /** Attempts so far. */
  readonly attempts: number
  readonly webhook: DeliveringWebhook
  /** Null: it has left the log. */
  readonly change:
    | { readonly record: DeliveredChange }
    | { readonly model: ModelEvent }
    | { readonly dropped: true }
    | null
}

export interface ClaimedDelivery extends Delivery {
  readonly lease: string
  /** Of the images in the change. */
  readonly bytes: number
}

export interface Claimed<One> {
  readonly deliveries: readonly One[]
  /** Others were due, but their images did not fit. */
  readonly isCut: boolean
}

export interface ClaimRequest {
  readonly now: Date
  /** Maximum number of deliveries. */
  readonly limit: number
  /** Of their images; the delivery that reaches it is the last one. */
  readonly maxBytes: number
  readonly leaseMs: number
  /** Deliveries of one webhook that are leased, over all gateways, before no more are. */
  readonly perWebhook: number
  /** Deliveries of a webhook without failures that are claimed together, ahead of their attempts. */
  readonly perClaim?: number
  /** Failures in a row after which a webhook gets one attempt at a time. */
  readonly breakAfter: number
  /** Hosts and workspaces that have as many attempts as they may. */
  readonly busyHosts: readonly string[]
  readonly busyWorkspaces: readonly string[]
}

/** Due deliveries of a webhook in order that are looked at: the ones behind others are passed over. */
export const ORDERED_ROWS = 1_000
/** Records of a webhook in order that are looked at, where all of those wait behind others: twice so many. */
const ORDERED_RECORDS = 500

/** The first delivery of the record of `row` that waits. */
export const firstOfRecord = (row: string, { deliveries }: WebhookTables, columns = 'e.id'): string => `
        select ${columns} from ${deliveries} e
        where e.webhook_id = open.id and e.record_key = ${row}.record_key and e.status = 'waiting'
        order by e.change_id, e.event limit 1`

/** Records with waiting deliveries. */
const recordsFrom = (name: string, { deliveries }: WebhookTables, start: string): string =>
  waitingValues(name, deliveries, 'record_key', start)

/**
 * Due deliveries that are the first of their record, where more than ORDERED_ROWS are due: a long queue of
 * one record delays no other. It begins at a random record, so that all get their turn.
 */
export const beyondSql = (
  tables: WebhookTables,
): string => `select n.id, n.due_at, n.change_id, n.workspace_id from (
        with recursive ${recordsFrom('later', tables, '>= $8')}, ${recordsFrom('earlier', tables, 'is not null')}
        (select later.record_key from later limit ${ORDERED_RECORDS})
        union all (select earlier.record_key from earlier limit ${ORDERED_RECORDS})
      ) k cross join lateral (${firstOfRecord('k', tables, 'e.*')}) n
      where n.due_at <= $1 and open.is_ordered and exists (
        select from ${tables.deliveries} d
        where d.webhook_id = open.id and d.status = 'waiting' and d.due_at <= $1 offset ${ORDERED_ROWS}
      )`

/** Deliveries of the query `name` with their webhooks; $1 is the time. */
const withWebhooks = (
  name: string,
): string => `select c.id, c.lease, c.change_id as "changeId", c.event, c.at, c.attempted as attempts, w.id as "webhookId", w.workspace_id as "workspaceId",
    w.target_url as "targetUrl", w.host, w.secret, w.previous_secret as "previousSecret",
    w.previous_secret_until as "previousSecretUntil", w.secret_activates_at as "secretActivatesAt", w.role_id as "roleId", r.label as "roleLabel", r.pg_role as "pgRole",
    w.api_key_id as "keyId", w.workspace_member_id as "workspaceMemberId", w.owner_name as "ownerName", w.updated_at as "updatedAt", ${RECORD_COLUMNS},
    w.api_key_id is null or coalesce(k.revoked_at is null and k.expires_at > $1, false) as "isKeyActive"
  from ${name} c
  cross join lateral (select w.* from tenantry.webhooks w where w.id = c.webhook_id offset 0) w
  left join lateral (select r.* from tenantry.roles r where r.id = w.role_id offset 0) r on true
  left join lateral (select k.* from tenantry.api_keys k where k.workspace_id = w.workspace_id and k.id = w.api_key_id offset 0) k on true
  order by c.change_id`

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
    select w.id, w.workspace_id, w.is_ordered, case
        -- Within a window that was read in part, an earlier change of a record may come later.
        when w.is_ordered and exists (select from tenantry_runtime.webhook_feed f where f.page_after = f.number) then 0
        when w.failures = 0 and running.count < $9 / 2 then $9 - running.count
        when w.failures < $4 then greatest($3 - running.count, 0)
        when running.count = 0 and w.probe_at <= $1 then 1 else 0
      end as free
    from waiting cross join lateral (
      -- A look-up per webhook that has deliveries: a join may read all webhooks.
      select w.* from tenantry.webhooks w where w.id = waiting.webhook_id and w.status = 'active' offset 0
    ) w cross join lateral (
      select count(*)::int as count from tenantry_runtime.deliveries d
      where d.webhook_id = w.id and d.status = 'waiting' and d.lease is not null and d.due_at > $1
    ) running
    where w.host <> all ($5) and w.workspace_id <> all ($6)
  ), due as (
    select d.id, open.workspace_id, d.due_at,
      row_number() over (partition by open.workspace_id order by d.due_at, d.change_id) as turn
    from open cross join lateral (
      (select n.id, n.due_at, n.change_id, n.workspace_id from (
        select d.* from tenantry_runtime.deliveries d
        where d.webhook_id = open.id and d.status = 'waiting' and d.due_at <= $1
        order by d.due_at, d.change_id limit case when open.is_ordered and open.free > 0 then ${ORDERED_ROWS} else open.free end
      ) n
      -- A look-up per row: as an anti-join, it would read all that waits.
      where not open.is_ordered or n.record_key is null or n.id = (${firstOfRecord('n', OF_WORKSPACES)})
      order by n.due_at, n.change_id limit open.free)
      -- Not read while the ones before are enough.
      union all (${beyondSql(OF_WORKSPACES)})
      limit open.free
    ) d
  ), locked as (
    select d.id from tenantry_runtime.deliveries d
    where d.id = any (array(select due.id from due order by due.turn, due.due_at limit $2)) and (d.status = 'waiting' and d.due_at <= $1) is true
    for update skip locked
  ), claimed as (
    update tenantry_runtime.deliveries d set lease = gen_random_uuid(), due_at = $1::timestamptz + $7 * interval '1 ms'
    where d.id = any (array(select locked.id from locked))
    returning d.id, d.lease, d.change_id, d.event, d.at, jsonb_array_length(d.attempts) as attempted, d.webhook_id
  )
  ${withWebhooks('claimed')}`

const FIND_SQL = `with found as (
    select d.id, d.lease, d.change_id, d.event, d.at, jsonb_array_length(d.attempts) as attempted, d.webhook_id
    from tenantry_runtime.deliveries d where d.id = $2 and d.workspace_id = $3
  )
  ${withWebhooks('found')}`

interface ClaimedRow extends Omit<ClaimedDelivery, 'webhook' | 'change'>, Omit<DeliveringWebhook, 'id'> {
  readonly webhookId: string
}

/** Without a role nothing is shown. */
const askedOf = ({ event, workspaceId, changeId, pgRole }: ClaimedRow): readonly AskedChange[] =>
  pgRole === null || isModelEvent(event) ? [] : [{ workspaceId, changeId, pgRole }]

const readSubjects = async (pool: Pool, rows: readonly ClaimedRow[], maxBytes: number) => {
  const recordOf = await readDelivered(pool, rows.flatMap(askedOf), maxBytes)
  const models = await readModelEvents(
    pool,
    rows.flatMap(({ event, changeId }) => (isModelEvent(event) ? [changeId] : [])),
  )
  return (row: ClaimedRow): ClaimedDelivery['change'] | 'later' => {
    const model = isModelEvent(row.event) ? models.get(row.changeId) : undefined
    if (model !== undefined) return { model }
    const [asked] = askedOf(row)
    const record = asked === undefined ? null : recordOf(asked)
    if (record === null || record === 'later') return record
    return record === 'dropped' ? { dropped: true } : { record }
  }
}

const bytesOf = (change: ClaimedDelivery['change']): number =>
  change !== null && 'record' in change ? imageCharacters(change.record.row) : 0

interface Read {
  readonly deliveries: readonly ClaimedDelivery[]
  /** What did not fit. */
  readonly later: readonly Pick<ClaimedDelivery, 'id' | 'lease'>[]
}

const withSubjects = async (pool: Pool, rows: readonly ClaimedRow[], maxBytes: number): Promise<Read> => {
  const changeOf = await readSubjects(pool, rows, maxBytes)
  const deliveries: ClaimedDelivery[] = []
  const later: ClaimedRow[] = []
  for (const row of rows) {
    const { id, lease, changeId, event, at, attempts, webhookId, ...webhook } = row
    const change = changeOf(row)
    if (change === 'later') later.push(row)
    else
      deliveries.push({
        ...{ id, lease, changeId, event, at, attempts, change, bytes: bytesOf(change) },
        webhook: { ...webhook, id: webhookId },
      })
  }
  return { deliveries, later }
}

/** Deliveries to be attempted now, leased to the caller. */
export const claimDeliveries = async (
  pool: Pool,
  request: ClaimRequest,
): Promise<Claimed<ClaimedDelivery>> => {
  const { now, limit, leaseMs, perWebhook, perClaim, breakAfter, busyHosts, busyWorkspaces } = request
  const { rows } = await queryByIndex<ClaimedRow>(pool, {
    name: 'tenantry_claim_deliveries',
    text: CLAIM_SQL,
    values: [
      ...[now, limit, perWebhook, breakAfter, busyHosts, busyWorkspaces, leaseMs],
      ...[randomBytes(16).toString('base64url'), perClaim ?? 0],
    ],
  })
  const { deliveries, later } = await withSubjects(pool, rows, request.maxBytes)
  if (later.length > 0) await release(pool, later, now)
  return { deliveries, isCut: later.length > 0 }
}

/** @returns null if the workspace has no such delivery */
export const findDelivery = async (
  pool: Pool,
  workspaceId: string,
  id: string,
  now: Date,
): Promise<Delivery | null> => {
  const { rows } = await pool.query<ClaimedRow>(FIND_SQL, [now, id, workspaceId])
  const { deliveries } = await withSubjects(pool, rows, Number.MAX_SAFE_INTEGER)
  return deliveries[0] ?? null
}
