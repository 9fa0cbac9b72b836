// Sends the changes of a part of the feed again, as the webhook's settings are now: deliveries that have
// ended wait once more under their ids, and missing ones are made. One call reads a bounded number of
// changes and answers the position to go on from.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { type FeedPosition, readFeed } from '../../tenants/changes/feed.ts'
import { feedReachesBackTo, spanBetween } from '../../tenants/changes/span.ts'
import { insertDeliveries } from '../../tenants/webhook/delivery.ts'
import type { Webhook } from '../../tenants/webhook/webhook.ts'
import type { Feed } from '../changes/feed.ts'
import { badInput } from '../error/problem.ts'
import type { DeliveriesOf } from './deliveries.ts'

interface ReplayOptions {
  readonly pool: Pool
  readonly feed: Pick<Feed, 'positions'>
  readonly deliveriesOf: DeliveriesOf
  readonly clock: () => number
}

interface ReplayRange {
  /** Null: as far back as it goes. */
  readonly from: Date | null
  /** Null: up to now. */
  readonly to: Date | null
  /** Where a replay before ended; goes before `from`. */
  readonly after: string | null
}

interface Replayed {
  /** Deliveries that wait now because of it. */
  readonly deliveries: number
  /** How far back it reaches: to `from`, to the webhook's creation, or to the oldest change in the feed. */
  readonly from: Date
  readonly position: string
  readonly hasMore: boolean
}

const PAGE_CHANGES = 1_000
const MAX_PAGES = 10

export type Replay = (webhook: Webhook, range: ReplayRange) => Promise<Replayed>

const latest = (...times: readonly (Date | null)[]): Date =>
  new Date(Math.max(...times.map((time) => time?.getTime() ?? 0)))

const startOf = async (
  { pool, feed: { positions } }: ReplayOptions,
  { workspaceId, isOrdered }: Webhook,
  { after: given, to }: ReplayRange,
  from: Date,
): Promise<FeedPosition> => {
  const position = given === null ? null : positions.read(workspaceId, given)
  if (position?.partial !== undefined) return position
  // In order, no change goes before one that has not become a delivery yet.
  const span = await spanBetween(pool, from, to, { isFannedOut: isOrdered })
  const after = position?.after ?? span.after
  return span.upTo.number > after.number ? { after, partial: { upTo: span.upTo, id: '0' } } : { after }
}

export const createReplay = (options: ReplayOptions): Replay => {
  const { pool, feed, deliveriesOf, clock } = options
  return async (webhook, range) => {
    const { workspaceId } = webhook
    const from = latest(range.from, webhook.createdAt, await feedReachesBackTo(pool))
    let position = await startOf(options, webhook, range, from)
    let deliveries = 0
    for (let page = 0; page < MAX_PAGES && position.partial !== undefined; page += 1) {
      const found = await readFeed(pool, workspaceId, position, PAGE_CHANGES)
      if (found === null)
        throw badInput('The feed does not reach back to this position any more.', 'INVALID_POSITION')
      const wanted = await deliveriesOf([webhook], workspaceId, found.rows)
      const now = new Date(clock())
      deliveries += await inTransaction(pool, (client) =>
        insertDeliveries(client, wanted, now, { isAgain: true }),
      )
      position = found.end
    }
    return {
      deliveries,
      from,
      position: feed.positions.write(workspaceId, position),
      hasMore: position.partial !== undefined,
    }
  }
}
