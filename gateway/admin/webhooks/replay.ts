// Sends the changes of a part of the feed to an operator's webhook again, as it is set now: deliveries that
// have ended wait once more under their ids, and missing ones are made. One call reads a bounded number of
// changes and answers the position to go on from.

import type { Pool } from 'pg'
import { inTransaction } from '../../../sql/ownerPool.ts'
import { HOST_ID } from '../../../tenants/changes/host.ts'
import { createHostFeed, type HostPosition } from '../../../tenants/changes/hostFeed.ts'
import { isOfDroppedTable } from '../../../tenants/changes/hostSpan.ts'
import { feedReachesBackTo, spanBetween } from '../../../tenants/changes/span.ts'
import { OF_OPERATORS } from '../../../tenants/changes/webhookTables.ts'
import { insertDeliveries } from '../../../tenants/webhook/delivery.ts'
import type { HostWebhook } from '../../../tenants/webhook/host/webhook.ts'
import { badInput } from '../../error/problem.ts'
import type { HostPositions } from '../changes/position.ts'
import type { HostDeliveriesOf } from './hostDeliveries.ts'

interface HostReplayOptions {
  readonly pool: Pool
  readonly positions: HostPositions
  readonly deliveriesOf: HostDeliveriesOf
  readonly clock: () => number
}

interface HostReplayRange {
  /** Null: as far back as it goes. */
  readonly from: Date | null
  /** Null: up to now. */
  readonly to: Date | null
  /** Where a replay before ended; goes before the times. */
  readonly after: string | null
}

interface HostReplayed {
  /** Deliveries that wait now because of it. */
  readonly deliveries: number
  /** How far back it reaches: to `from`, to the webhook's creation, or to the oldest change in the feed. */
  readonly from: Date
  /** Null: everything was read. */
  readonly position: string | null
}

export type HostReplay = (webhook: HostWebhook, range: HostReplayRange) => Promise<HostReplayed>

const PAGE_CHANGES = 1_000
const MAX_PAGES = 10
/** Behind the ids of all workspaces: only the ones put aside are left. */
const LAST_WORKSPACE = 'g'

const latest = (...times: readonly (Date | null)[]): Date =>
  new Date(Math.max(...times.map((time) => time?.getTime() ?? 0)))

const startOf = async (
  { pool, positions }: HostReplayOptions,
  { isOrdered }: HostWebhook,
  { to, after }: HostReplayRange,
  from: Date,
): Promise<HostPosition> => {
  if (after !== null) {
    const position = positions.read(after)
    if (position.partial !== undefined) return position
    throw badInput('Not a position of a replay.', 'INVALID_POSITION')
  }
  // In order, no change goes before one that has not become a delivery yet.
  const span = await spanBetween(pool, from, to, { fannedOut: isOrdered ? OF_OPERATORS : null })
  return { after: span.after, partial: { upTo: span.upTo, workspaceId: '' }, aside: [] }
}

/** Goes on within the same end. Null: all was read. */
const nextOf = (end: HostPosition, { partial }: HostPosition): HostPosition | null => {
  if (end.partial !== undefined) return end
  if (end.aside.length === 0 || partial === undefined) return null
  return { ...end, partial: { upTo: partial.upTo, workspaceId: LAST_WORKSPACE } }
}

export const createHostReplay = (options: HostReplayOptions): HostReplay => {
  const { pool, positions, deliveriesOf, clock } = options
  const readFeed = createHostFeed(pool)
  return async (webhook, range) => {
    const from = latest(range.from, webhook.createdAt, await feedReachesBackTo(pool))
    const isAsked = (workspaceId: string): boolean =>
      workspaceId === HOST_ID || (webhook.workspaces?.includes(workspaceId) ?? true)
    let position: HostPosition | null = await startOf(options, webhook, range, from)
    let deliveries = 0
    for (let page = 0; page < MAX_PAGES && position !== null; page += 1) {
      const found = await readFeed(position, { limit: PAGE_CHANGES, isAsked })
      if (found === null)
        throw badInput('The change log no longer reaches back to this position.', 'INVALID_POSITION')
      const rows = found.rows
        .map(({ row }) => row)
        .filter((row) => !isOfDroppedTable(row) || row.workspaceId === HOST_ID)
      const wanted = await deliveriesOf([webhook], rows)
      const now = new Date(clock())
      deliveries += await inTransaction(pool, (client) =>
        insertDeliveries(client, wanted, now, { isAgain: true, tables: OF_OPERATORS }),
      )
      position = nextOf(found.end, position)
    }
    return { deliveries, from, position: position === null ? null : positions.write(position) }
  }
}
