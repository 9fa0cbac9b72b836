// The deliveries of an operator's webhook as operators read them, and one sent again.

import type { ClientBase } from 'pg'
import type { Connection } from '../../../sql/ownerPool.ts'
import { OF_OPERATORS } from '../../changes/webhookTables.ts'
import { Refusal } from '../../refusal.ts'
import { isUuid } from '../../uuid.ts'
import { MOST_ATTEMPTS } from '../delivery.ts'
import { type DeliveryPage, type LoggedDelivery, readDeliveries } from '../deliveryLog.ts'

interface LoggedHostDelivery extends LoggedDelivery {
  readonly workspaceId: string
}

const COLUMNS = `d.id, d.workspace_id as "workspaceId", d.event, d.at as "eventDate", d.status, d.attempts,
  case when d.status = 'waiting' then d.due_at end as "nextAttemptAt"`

/** Newest change first. */
export const listHostDeliveries = (
  connection: Connection,
  webhookId: string,
  page: DeliveryPage,
): Promise<readonly LoggedHostDelivery[]> =>
  readDeliveries<LoggedHostDelivery>(connection, OF_OPERATORS, webhookId, page, COLUMNS)

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
