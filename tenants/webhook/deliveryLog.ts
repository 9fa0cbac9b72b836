// The deliveries of a webhook as its managers read them, and one sent again.

import type { Pool } from 'pg'
import type { Connection } from '../../sql/ownerPool.ts'
import { auditCaller } from '../auditCaller.ts'
import { OF_WORKSPACES, type WebhookTables } from '../changes/webhookTables.ts'
import type { Actor } from '../permission/actor.ts'
import { Refusal } from '../refusal.ts'
import { changingWorkspace } from '../workspaceLock.ts'
import { type Attempt, MOST_ATTEMPTS } from './delivery.ts'
import { lockManageable } from './webhook.ts'

export const DELIVERY_STATUSES = ['waiting', 'delivered', 'failed', 'cancelled'] as const
type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

export interface LoggedDelivery {
  readonly id: string
  readonly event: string
  /** When the change was made. */
  readonly eventDate: Date
  readonly status: DeliveryStatus
  /** Of a waiting one. */
  readonly nextAttemptAt: Date | null
  readonly attempts: readonly Attempt[]
}

export interface DeliveryPage {
  readonly first: number
  /** Id of the last delivery of the page before. */
  readonly after: string | null
  readonly status: DeliveryStatus | null
}

const COLUMNS = `d.id, d.event, d.at as "eventDate", d.status, d.attempts,
  case when d.status = 'waiting' then d.due_at end as "nextAttemptAt"`

const notFound = (): Refusal => new Refusal('NOT_FOUND', 'Delivery not found')

/** Newest change first. @param columns of a delivery, as `d` */
export const readDeliveries = async <Logged extends LoggedDelivery>(
  connection: Connection,
  { deliveries }: WebhookTables,
  webhookId: string,
  { first, after, status }: DeliveryPage,
  columns = COLUMNS,
): Promise<readonly Logged[]> => {
  const { rows } = await connection.query<Logged>(
    `select ${columns} from ${deliveries} d
     where d.webhook_id = $1 and ($2::text is null or d.status = $2) and ($3::uuid is null or (d.change_id, d.event) < (
       select l.change_id, l.event from ${deliveries} l where l.id = $3 and l.webhook_id = $1
     ))
     order by d.change_id desc, d.event desc limit $4`,
    [webhookId, status, after, first],
  )
  return rows
}

/** Newest change first. The actor has to be able to manage the webhook: an attempt shows parts of answers. */
export const listDeliveries = (
  pool: Pool,
  workspaceId: string,
  webhookId: string,
  { first, after, status }: DeliveryPage,
  actor: Actor,
): Promise<readonly LoggedDelivery[]> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    await lockManageable(client, workspaceId, webhookId, actor)
    return readDeliveries(client, OF_WORKSPACES, webhookId, { first, after, status })
  })

/** Sends a delivery that has ended once more, under the same id. */
export const redeliver = (
  pool: Pool,
  workspaceId: string,
  deliveryId: string,
  actor: Actor,
): Promise<LoggedDelivery> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    const { rows: found } = await client.query<{ webhookId: string }>(
      'select webhook_id as "webhookId" from tenantry_runtime.deliveries where id = $1 and workspace_id = $2',
      [deliveryId, workspaceId],
    )
    const webhookId = found[0]?.webhookId
    if (webhookId === undefined) throw notFound()
    await lockManageable(client, workspaceId, webhookId, actor)
    const { rows } = await client.query<LoggedDelivery>(
      `update tenantry_runtime.deliveries d set status = 'waiting', lease = null, due_at = now()
       where d.id = $1 and d.status <> 'waiting' and jsonb_array_length(d.attempts) < ${MOST_ATTEMPTS} returning ${COLUMNS}`,
      [deliveryId],
    )
    const [delivery] = rows
    if (delivery === undefined)
      throw new Refusal('CONFLICT', `The delivery is waiting, or had ${MOST_ATTEMPTS} attempts already.`)
    const details = { webhookId, deliveryId }
    await auditCaller(client, actor, { action: 'webhook.redeliver', workspaceId, details })
    return delivery
  })
