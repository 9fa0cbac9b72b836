// The deliveries of an operator's webhook as operators read them, and one sent again.

import type { ClientBase } from 'pg'
import type { Connection } from '../../../sql/ownerPool.ts'
import { Refusal } from '../../refusal.ts'
import { isUuid } from '../../uuid.ts'
import { MOST_ATTEMPTS } from '../delivery.ts'
import type { DELIVERY_STATUSES, LoggedDelivery } from '../deliveryLog.ts'

interface LoggedHostDelivery extends LoggedDelivery {
  readonly workspaceId: string
}

interface HostDeliveryPage {
  readonly limit: number
  /** Id of the last delivery of the page before. */
  readonly after: string | null
  readonly status: (typeof DELIVERY_STATUSES)[number] | null
}

const COLUMNS = `d.id, d.workspace_id as "workspaceId", d.event, d.at as "eventDate", d.status, d.attempts,
  case when d.status = 'waiting' then d.due_at end as "nextAttemptAt"`

/** Newest change first. */
export const listHostDeliveries = async (
  connection: Connection,
  webhookId: string,
  { limit, after, status }: HostDeliveryPage,
): Promise<readonly LoggedHostDelivery[]> => {
  const { rows } = await connection.query<LoggedHostDelivery>(
    `select ${COLUMNS} from tenantry_runtime.operator_deliveries d
     where d.webhook_id = $1 and ($2::text is null or d.status = $2) and ($3::uuid is null or (d.change_id, d.event) < (
       select l.change_id, l.event from tenantry_runtime.operator_deliveries l where l.id = $3 and l.webhook_id = $1
     ))
     order by d.change_id desc, d.event desc limit $4`,
    [webhookId, status, after, limit],
  )
  return rows
}

/** Sends a delivery that has ended once more, under the same id. */
export const redeliverToHost = async (
  client: ClientBase,
  webhookId: string,
  deliveryId: string,
): Promise<LoggedHostDelivery> => {
  const { rows } = isUuid(deliveryId)
    ? await client.query<LoggedHostDelivery & { readonly isRevived: boolean }>(
        `with revived as (
           update tenantry_runtime.operator_deliveries d set status = 'waiting', lease = null, due_at = now()
           where d.id = $1 and d.webhook_id = $2 and d.status <> 'waiting' and jsonb_array_length(d.attempts) < ${MOST_ATTEMPTS}
           returning d.*
         )
         select ${COLUMNS}, true as "isRevived" from revived d union all
         select ${COLUMNS}, false from tenantry_runtime.operator_deliveries d
         where d.id = $1 and d.webhook_id = $2 and not exists (select from revived)`,
        [deliveryId, webhookId],
      )
    : { rows: [] }
  const [found] = rows
  if (found === undefined) throw new Refusal('NOT_FOUND', 'Delivery not found')
  const { isRevived, ...delivery } = found
  if (isRevived) return delivery
  throw new Refusal('CONFLICT', `The delivery is waiting, or had ${MOST_ATTEMPTS} attempts already.`)
}
