// Hears what changed. In: notifications of the control schema (`workspace <id> <version>`, `key <id>`, `role
// <id>`); out: the caches that hold what is no longer true forget it. While nobody listens, everything may
// have changed.

import { createListener, type Listener } from '../../sql/listen.ts'
import type { Log } from '../../sql/log.ts'

export const CHANNEL = 'tenantry'

export interface Invalidated {
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
}

export interface WatchOptions {
  readonly url: string
  readonly log: Log
  readonly forgetWorkspace: (id: string) => void
  readonly forgetAllWorkspaces: () => void
  /** Told of every notification: callers and their permissions depend on keys, roles and workspaces. */
  readonly grants: readonly Invalidated[]
}

export const watchChanges = (options: WatchOptions): Listener =>
  createListener({
    url: options.url,
    channel: CHANNEL,
    log: options.log,
    onNotification: (payload) => {
      const [kind, id] = payload.split(' ')
      if (kind === 'workspace' && id !== undefined) options.forgetWorkspace(id)
      for (const grants of options.grants) grants.invalidate(payload)
    },
    onGap: () => {
      options.forgetAllWorkspaces()
      for (const grants of options.grants) grants.invalidateAll()
    },
  })
