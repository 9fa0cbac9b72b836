// Sends the changes of a part of the feed again, as the webhook's settings are now: deliveries that have
// ended wait once more under their ids, and missing ones are made. One call reads a bounded number of
// changes and answers the position to go on from.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { type FeedPosition, type FeedWindow, readFeed } from '../../tenants/changes/feed.ts'
import { feedReachesBackTo, spanBetween } from '../../tenants/changes/span.ts'
import { OF_WORKSPACES } from '../../tenants/changes/webhookTables.ts'
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
  /** Where a replay before ended, or a position of the change log; goes before `from`. */
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

/** A position between the next windows, and the window where the replay ends. */
interface ReplayPosition {
  readonly at: FeedPosition
  readonly end: FeedWindow
}

const SEPARATOR = '~'

const isAtEnd = ({ at, end }: ReplayPosition): boolean =>
  at.partial === undefined && at.after.number >= end.number

/** What is read next: the rest of the windows that were read in part, then the others up to the end. */
const nextOf = ({ at: { after, partial }, end }: ReplayPosition): FeedPosition =>
  partial !== undefined && partial.upTo.number <= end.number
    ? { after, partial }
    : { after, partial: { upTo: end, id: partial?.id ?? '0' } }

const startOf = async (
  { pool, feed: { positions } }: ReplayOptions,
  { workspaceId, isOrdered }: Webhook,
  { after: given, to }: ReplayRange,
  from: Date,
): Promise<ReplayPosition> => {
  const [at, end] = given?.split(SEPARATOR).map((text) => positions.read(workspaceId, text)) ?? []
  if (at !== undefined && end !== undefined) return { at, end: end.after }
  // In order, no change goes before one that has not become a delivery yet.
  const span = await spanBetween(pool, from, to, { fannedOut: isOrdered ? OF_WORKSPACES : null })
  if (at === undefined) return { at: { after: span.after }, end: span.upTo }
  // An entry of the change log from behind the end leaves nothing to read.
  return { at: at.after.number < span.upTo.number ? at : { after: at.after }, end: span.upTo }
}

export const createReplay = (options: ReplayOptions): Replay => {
  const { pool, feed, deliveriesOf, clock } = options
  return async (webhook, range) => {
    const { workspaceId } = webhook
    const from = latest(range.from, webhook.createdAt, await feedReachesBackTo(pool))
    let position = await startOf(options, webhook, range, from)
    let deliveries = 0
    for (let page = 0; page < MAX_PAGES && !isAtEnd(position); page += 1) {
      const found = await readFeed(pool, workspaceId, nextOf(position), PAGE_CHANGES)
      if (found === null)
        throw badInput('The change log no longer reaches back to this position.', 'INVALID_POSITION')
      const wanted = await deliveriesOf([webhook], workspaceId, found.rows)
      const now = new Date(clock())
      deliveries += await inTransaction(pool, (client) =>
        insertDeliveries(client, wanted, now, { isAgain: true }),
      )
      position = { ...position, at: found.end }
    }
    const hasMore = !isAtEnd(position)
    const texts = [position.at, ...(hasMore ? [{ after: position.end }] : [])].map((each) =>
      feed.positions.write(workspaceId, each),
    )
    return { deliveries, from, position: texts.join(SEPARATOR), hasMore }
  }
}
