// Passes notifications of the control schema (`workspace <id> <version>`, `key <id>`, `role <id>`) to the
// caches, which invalidate their entries. While it is not listening, everything may have changed.

import type { Election } from '../../sql/election.ts'
import type { Listener } from '../../sql/listen.ts'
import type { Log } from '../../sql/log.ts'
import { listenToAll } from '../../sql/placement.ts'
import type { Servers } from '../../sql/servers/servers.ts'

export const CHANNEL = 'tenantry'

interface Invalidated {
  /** @param payload of a notification; a cache ignores the ones that do not concern it */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
}

interface ChangeWatch extends Listener {
  /** Register before the first notification can arrive: in the event-loop turn that created the watch. */
  readonly subscribe: (...caches: readonly Invalidated[]) => void
}

interface WatchOptions {
  /** The servers that announce changes. */
  readonly targets: readonly Servers[]
  readonly log: Log
  /** Of the gateway that looks for changes of records on behalf of all. */
  readonly election?: Election
}

export const watchChanges = ({ targets, log, election }: WatchOptions): ChangeWatch => {
  const caches: Invalidated[] = []
  const listener = listenToAll(targets, {
    channel: CHANNEL,
    log,
    election,
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
