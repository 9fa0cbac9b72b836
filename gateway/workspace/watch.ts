// Hears what changed. In: notifications of the control schema (`workspace <id> <version>`, `key <id>`, `role
// <id>`); out: the caches that hold what is no longer true forget it. While nothing is heard, everything may
// have changed.

import type { Listener } from '../../sql/listen.ts'
import type { Log } from '../../sql/log.ts'
import { listenToAll } from '../../sql/placement.ts'

export const CHANNEL = 'tenantry'

export interface Invalidated {
  /** @param payload of a notification; those that do not concern the cache are ignored */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
}

export interface ChangeWatch extends Listener {
  /** Before the first notification can arrive: in the turn of the event loop that made the watch. */
  readonly subscribe: (...caches: readonly Invalidated[]) => void
}

export interface WatchOptions {
  /** URLs of the servers that announce changes. */
  readonly targets: readonly string[]
  readonly log: Log
}

export const watchChanges = ({ targets, log }: WatchOptions): ChangeWatch => {
  const caches: Invalidated[] = []
  const listener = listenToAll(targets, {
    channel: CHANNEL,
    log,
    onNotification: (payload) => {
      for (const cache of caches) cache.invalidate(payload)
    },
    onGap: () => {
      for (const cache of caches) cache.invalidateAll()
    },
  })
  return {
    ...listener,
    subscribe: (...more) => {
      caches.push(...more)
    },
  }
}
