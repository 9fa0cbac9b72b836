// The log of deliveries, for both protocols of the metadata API.

import type { Pool } from 'pg'
import { Refusal } from '../../../tenants/refusal.ts'
import { isUuid } from '../../../tenants/uuid.ts'
import { findDelivery } from '../../../tenants/webhook/claim.ts'
import {
  DELIVERY_STATUSES,
  type LoggedDelivery,
  listDeliveries,
  redeliver,
} from '../../../tenants/webhook/deliveryLog.ts'
import { webhookToReplay } from '../../../tenants/webhook/replay.ts'
import { requireManageable } from '../../../tenants/webhook/webhook.ts'
import { actorOf } from '../../auth/flags.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { badInput } from '../../error/problem.ts'
import type { Composed } from '../../webhooks/compose.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'

export interface DeliveriesArguments {
  readonly webhookId: string
  readonly status?: string | null
  readonly first?: number | null
  readonly after?: string | null
}

export interface ReplayInput {
  readonly id: string
  /** ISO 8601. */
  readonly from?: string | null
  readonly to?: string | null
  readonly after?: string | null
}

const timeOf = (text: string | null | undefined): Date | null => (text == null ? null : new Date(text))

const DEFAULT_PAGE = 100
const MAX_PAGE = 1_000

const shown = ({ status, ...delivery }: LoggedDelivery) => ({ ...delivery, status: status.toUpperCase() })

const checkId = (id: string, name = ''): string => {
  if (isUuid(id)) return id
  throw badInput(`${name}'${id.slice(0, 100)}' is not an id`)
}

interface DeliveryBody {
  readonly body: string | null
  readonly reason: string | null
}

const bodyOf = (composed: Composed): DeliveryBody => {
  if ('outgoing' in composed) return { body: composed.outgoing.body, reason: null }
  if ('postponed' in composed) return { body: null, reason: 'The workspace is suspended.' }
  if ('cancelled' in composed) return { body: null, reason: composed.cancelled }
  return { body: null, reason: 'failed' in composed ? composed.failed : composed.paused }
}

export type DeliveryActions = ReturnType<typeof createDeliveryActions>

/** @param webhooks `look` makes this gateway look for due deliveries */
export const createDeliveryActions = (
  pool: Pool,
  { look, replay, compose }: Pick<Webhooks, 'look' | 'replay' | 'compose'>,
) =>
  Object.freeze({
    body: async ({ caller }: RequestContext<unknown>, deliveryId: string): Promise<DeliveryBody> => {
      const { workspaceId } = caller
      const delivery = await findDelivery(pool, workspaceId, checkId(deliveryId), new Date())
      if (delivery === null) throw new Refusal('NOT_FOUND', 'Delivery not found')
      await requireManageable(pool, workspaceId, delivery.webhook.id, actorOf(caller))
      return bodyOf(await compose(delivery))
    },
    replay: async ({ caller }: RequestContext<unknown>, { id, from, to, after }: ReplayInput) => {
      const range = { from: timeOf(from), to: timeOf(to) }
      if (range.from !== null && range.to !== null && range.from > range.to)
        throw badInput("'from' must not be later than 'to'", 'INVALID_ARGS')
      const { workspaceId } = caller
      const webhook = await webhookToReplay(pool, workspaceId, checkId(id), range, actorOf(caller))
      const replayed = await replay(webhook, { ...range, after: after ?? null })
      look()
      return replayed
    },
    list: async (
      { caller }: RequestContext<unknown>,
      { webhookId, status, first, after }: DeliveriesArguments,
    ) => {
      const size = first ?? DEFAULT_PAGE
      if (size < 1 || size > MAX_PAGE)
        throw badInput(`'first' must be from 1 to ${MAX_PAGE}, got ${size}`, 'INVALID_ARGS')
      const page = {
        first: size,
        after: after == null ? null : checkId(after, 'after: '),
        status: DELIVERY_STATUSES.find((each) => each === status?.toLowerCase()) ?? null,
      }
      const found = await listDeliveries(pool, caller.workspaceId, checkId(webhookId), page, actorOf(caller))
      return found.map(shown)
    },
    redeliver: async ({ caller }: RequestContext<unknown>, deliveryId: string) => {
      const delivery = await redeliver(pool, caller.workspaceId, checkId(deliveryId), actorOf(caller))
      look()
      return shown(delivery)
    },
  })
