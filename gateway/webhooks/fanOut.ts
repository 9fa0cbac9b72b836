// From changes in the feed to deliveries. One gateway at a time reads on, in a transaction that stores the
// deliveries and the new position together. Rights are decided at each attempt, not here.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { readWebhookFeed } from '../../tenants/changes/webhookFeed.ts'
import { insertDeliveries, type NewDelivery } from '../../tenants/webhook/delivery.ts'
import { listWebhooks } from '../../tenants/webhook/webhook.ts'
import type { DeliveriesOf } from './deliveries.ts'

interface FanOutOptions {
  readonly pool: Pool
  readonly deliveriesOf: DeliveriesOf
  readonly clock: () => number
  /** Changes were skipped: the feed does not reach back to where it was read last. */
  readonly onReset: () => void
}

interface FannedOut {
  readonly deliveries: number
  readonly hasMore: boolean
}

const PAGE_CHANGES = 1_000

/** Reads the next changes. @returns null while another gateway does */
export type FanOut = () => Promise<FannedOut | null>

export const createFanOut =
  ({ pool, deliveriesOf, clock, onReset }: FanOutOptions): FanOut =>
  () =>
    inTransaction(pool, async (client) => {
      const page = await readWebhookFeed(client, PAGE_CHANGES)
      if (page === null) return null
      if (page.isReset) onReset()
      const deliveries: NewDelivery[] = []
      for (const [workspaceId, rows] of Map.groupBy(page.rows, (row) => row.workspaceId)) {
        const webhooks = (await listWebhooks(client, workspaceId)).filter(
          ({ status }) => status !== 'disabled',
        )
        deliveries.push(...(await deliveriesOf(webhooks, workspaceId, rows)))
      }
      const count = await insertDeliveries(client, deliveries, new Date(clock()))
      await page.advance()
      return { deliveries: count, hasMore: page.hasMore }
    })
