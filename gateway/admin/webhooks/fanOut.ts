// From changes in the feed to deliveries of operators' webhooks. One gateway at a time reads on, in a
// transaction that stores the deliveries and the new position together.

import type { Pool } from 'pg'
import { inTransaction } from '../../../sql/ownerPool.ts'
import { readWebhookFeed } from '../../../tenants/changes/webhookFeed.ts'
import { OF_OPERATORS } from '../../../tenants/changes/webhookTables.ts'
import { insertDeliveries } from '../../../tenants/webhook/delivery.ts'
import { listHostWebhooks } from '../../../tenants/webhook/host/webhook.ts'
import type { FanOut } from '../../webhooks/fanOut.ts'
import type { HostDeliveriesOf } from './hostDeliveries.ts'

interface HostFanOutOptions {
  readonly pool: Pool
  readonly deliveriesOf: HostDeliveriesOf
  readonly clock: () => number
  /** Changes were skipped: the feed does not reach back to where it was read last. */
  readonly onReset: () => void
}

const PAGE_CHANGES = 1_000

export const createHostFanOut =
  ({ pool, deliveriesOf, clock, onReset }: HostFanOutOptions): FanOut =>
  () =>
    inTransaction(pool, async (client) => {
      const page = await readWebhookFeed(client, PAGE_CHANGES, OF_OPERATORS)
      if (page === null) return null
      if (page.isReset) onReset()
      const webhooks = (await listHostWebhooks(client)).filter(({ status }) => status !== 'disabled')
      const deliveries = await deliveriesOf(webhooks, page.rows)
      const now = new Date(clock())
      const count = await insertDeliveries(client, deliveries, now, { tables: OF_OPERATORS })
      await page.advance()
      return { deliveries: count, hasMore: page.hasMore }
    })
