// The log of deliveries, for both protocols of the metadata API.

import type { Pool } from 'pg'
import { isUuid } from '../../../tenants/uuid.ts'
import {
  DELIVERY_STATUSES,
  type LoggedDelivery,
  listDeliveries,
  redeliver,
} from '../../../tenants/webhook/deliveryLog.ts'
import { webhookToReplay } from '../../../tenants/webhook/replay.ts'
import { actorOf } from '../../auth/flags.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { badInput } from '../../error/problem.ts'
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

const checkId = (id: string): string => {
  if (isUuid(id)) return id
  throw badInput(`'${id.slice(0, 100)}' is not an id`)
}

export type DeliveryActions = ReturnType<typeof createDeliveryActions>

/** @param look makes this gateway look for due deliveries */
export const createDeliveryActions = (pool: Pool, { look, replay }: Pick<Webhooks, 'look' | 'replay'>) =>
  Object.freeze({
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
      if (size < 1 || size > MAX_PAGE) throw badInput(`'first' must be from 1 to ${MAX_PAGE}`, 'INVALID_ARGS')
      const page = {
        first: size,
        after: after == null ? null : checkId(after),
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
