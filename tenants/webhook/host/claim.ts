// Claims deliveries of operators' webhooks: leases them to one gateway, which attempts them at once.
// Workspaces take turns within each webhook.

import { randomBytes, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { queryByIndex } from '../../../sql/byIndex.ts'
import { imageCharacters } from '../../changes/feed.ts'
import type { HostRow } from '../../changes/hostSpan.ts'
import { readRowsById } from '../../changes/hostSpan.ts'
import { OF_OPERATORS } from '../../changes/webhookTables.ts'
import { beyondSql, type Claimed, type ClaimRequest, firstOfRecord, ORDERED_ROWS } from '../claim.ts'
import { release } from '../delivery.ts'
import { waitingValues } from '../skipScan.ts'
import type { EncryptedSecrets } from '../webhook.ts'

interface DeliveringHostWebhook extends EncryptedSecrets {
  readonly id: string
  /** Of the change. */
  readonly workspaceId: string
  readonly targetUrl: string
  readonly host: string
  readonly includesValues: boolean
  readonly ownerName: string
  /** Of the operator's key that answers for it; null: it was revoked or has expired. */
  readonly scopes: readonly string[] | null
  /** When it was resumed or its settings were changed last. */
  readonly updatedAt: Date
}

export interface HostDelivery {
  readonly id: string
  readonly lease: string
  readonly event: string
  readonly at: Date
  /** Attempts so far. */
  readonly attempts: number
  readonly webhook: DeliveringHostWebhook
  /** Null: it has left the log. */
  readonly row: HostRow | null
  /** Of the images in the row. */
  readonly bytes: number
}

/** Workspaces of a webhook to examine: twice this number. */
const MOST_WORKSPACES = 200

/** Workspaces with waiting deliveries. */
const workspacesFrom = (name: string, start: string): string =>
  waitingValues(name, OF_OPERATORS.deliveries, 'workspace_id', start)

/** It begins at a random workspace, so that all get their turn. */
const CLAIM_SQL = `with open as (
    select w.id, w.is_ordered, case
        -- Within a window that was read in part, an earlier change of a record may come later.
        when w.is_ordered and exists (select from ${OF_OPERATORS.feed} f where f.page_after = f.number) then 0
        when w.failures < $4 then greatest($3 - running.count, 0)
        when running.count = 0 and w.probe_at <= $1 then 1 else 0
      end as free
    from tenantry.operator_webhooks w cross join lateral (
      select count(*)::int as count from tenantry_runtime.operator_deliveries d
      where d.webhook_id = w.id and d.status = 'waiting' and d.lease is not null and d.due_at > $1
    ) running
    where w.status = 'active' and w.host <> all ($5)
  ), due as (
    select d.id from open cross join lateral (
      select n.id, n.turn, n.due_at from ((
      with recursive ${workspacesFrom('later', '>= $9')}, ${workspacesFrom('earlier', 'is not null')}
      select n.id, n.turn, n.due_at from (
        (select later.workspace_id from later limit ${MOST_WORKSPACES})
        union (select earlier.workspace_id from earlier limit ${MOST_WORKSPACES})
      ) s cross join lateral (
        select o.id, o.due_at, row_number() over (order by o.due_at, o.change_id) as turn from (
          select d.* from tenantry_runtime.operator_deliveries d
          where d.webhook_id = open.id and d.workspace_id = s.workspace_id and d.status = 'waiting' and d.due_at <= $1
          order by d.due_at, d.change_id limit case when open.is_ordered and open.free > 0 then ${ORDERED_ROWS} else open.free end
        ) o
        where not open.is_ordered or o.record_key is null or o.id = (${firstOfRecord('o', OF_OPERATORS)})
        order by o.due_at, o.change_id limit open.free
      ) n
      where open.free > 0 and s.workspace_id <> all ($6)
      order by n.turn, n.due_at limit open.free)
      -- Not read while the ones before are enough.
      union all (select b.id, 1, b.due_at from (${beyondSql(OF_OPERATORS)}) b where b.workspace_id <> all ($6))
      limit open.free) n
    ) d
    order by d.turn, d.due_at limit $2
  ), locked as (
    select d.id from tenantry_runtime.operator_deliveries d
    where d.id = any (array(select due.id from due)) and (d.status = 'waiting' and d.due_at <= $1) is true
    for update skip locked
  ), claimed as (
    update tenantry_runtime.operator_deliveries d set lease = gen_random_uuid(), due_at = $1::timestamptz + $7 * interval '1 ms'
    where d.id = any (array(select locked.id from locked))
    returning d.id, d.lease, d.change_id, d.workspace_id, d.event, d.at, jsonb_array_length(d.attempts) as attempts, d.webhook_id
  )
  select c.id, c.lease, c.change_id as "changeId", c.event, c.at, c.attempts, w.id as "webhookId", c.workspace_id as "workspaceId",
    w.target_url as "targetUrl", w.host, w.secret, w.previous_secret as "previousSecret",
    w.previous_secret_until as "previousSecretUntil", w.secret_activates_at as "secretActivatesAt",
    w.includes_values as "includesValues", w.owner_name as "ownerName", w.updated_at as "updatedAt",
    case when k.revoked_at is null and (k.expires_at is null or k.expires_at > $1) then k.scopes end as scopes
  from claimed c
  join tenantry.operator_webhooks w on w.id = c.webhook_id
  left join tenantry.operator_keys k on k.id = w.operator_key_id
  order by c.change_id`

interface ClaimedRow extends Omit<HostDelivery, 'webhook' | 'row'>, Omit<DeliveringHostWebhook, 'id'> {
  readonly webhookId: string
  readonly changeId: string
}

/** Deliveries to be attempted now, leased to the caller. */
export const claimHostDeliveries = async (
  pool: Pool,
  request: ClaimRequest,
): Promise<Claimed<HostDelivery>> => {
  const { now, limit, leaseMs, perWebhook, breakAfter, busyHosts, busyWorkspaces, maxBytes } = request
  const { rows } = await queryByIndex<ClaimedRow>(pool, {
    name: 'tenantry_claim_operator_deliveries',
    text: CLAIM_SQL,
    values: [
      ...[now, limit, perWebhook, breakAfter, busyHosts, busyWorkspaces, leaseMs],
      ...[randomBytes(16).toString('base64url'), randomUUID()],
    ],
  })
  const rowOf = await readRowsById(
    pool,
    rows.map(({ workspaceId, changeId }) => ({ workspaceId, id: changeId })),
    maxBytes,
  )
  const deliveries: HostDelivery[] = []
  const later: ClaimedRow[] = []
  for (const claimed of rows) {
    const { id, lease, changeId, event, at, attempts, webhookId, ...webhook } = claimed
    const row = rowOf(changeId)
    if (row === 'later') later.push(claimed)
    else
      deliveries.push({
        ...{ id, lease, event, at, attempts, row, bytes: row === null ? 0 : imageCharacters(row) },
        webhook: { ...webhook, id: webhookId },
      })
  }
  if (later.length > 0) await release(pool, later, now, OF_OPERATORS)
  return { deliveries, isCut: later.length > 0 }
}
