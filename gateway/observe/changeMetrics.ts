// Metrics of the change log, which all gateways of a database share, but for the resets.

import { Counter, type Registry } from 'prom-client'
import type { FeedState } from '../../tenants/changes/feedState.ts'
import { sharedGauge, sharedRead } from './sharedRead.ts'

export interface ChangeSource {
  readonly feedState: () => Promise<FeedState>
  /** How often a reader had to start over, since the gateway started. */
  readonly feedResets: () => number
}

/** The reading looks at the triggers of all tables. */
const KEPT_FOR_MS = 10_000

export const watchChangeLog = (registry: Registry, { feedState, feedResets }: ChangeSource): void => {
  const registers = [registry]
  const read = sharedRead(feedState, KEPT_FOR_MS)
  const state = (name: string, help: string, amountOf: (found: FeedState) => number): void => {
    sharedGauge({
      name,
      help,
      registers,
      async collect() {
        const found = await read()
        this.set(found === null ? Number.NaN : amountOf(found))
      },
    })
  }
  state(
    'tenantry_feed_unread_seconds',
    'Age of the oldest committed change that no reader has received; it grows while the feed has no readers.',
    ({ unreadSeconds }) => unreadSeconds,
  )
  state('tenantry_feed_bytes', 'Size of the change feed with its indexes.', ({ bytes }) => bytes)
  state('tenantry_feed_partitions', 'Partitions of the change feed.', ({ partitions }) => partitions)
  state(
    'tenantry_feed_uncaptured_tables',
    'Tables whose changes should be logged, but whose trigger is missing or disabled.',
    ({ uncapturedTables }) => uncapturedTables,
  )
  new Counter({
    name: 'tenantry_feed_resets_total',
    help: 'Reads from a position that is no longer in the feed; the reader had to start over.',
    registers,
    collect() {
      this.reset()
      this.inc(feedResets())
    },
  })
}
