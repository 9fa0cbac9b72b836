// Hears what changed. In: notifications of the control schema (`workspace <id> <version>`, `key <id>`, `role <id>`); out: the
// caches that hold what is no longer true forget it. While nobody listens, everything may have changed.

import { createListener, type Listener } from '../../sql/listen.ts'
import type { Log } from '../../sql/log.ts'

export const CHANNEL = 'tenantry'

export interface WatchOptions {
  readonly url: string
  readonly log: Log
  readonly forgetWorkspace: (id: string) => void
  readonly forgetAllWorkspaces: () => void
  /** Told of every notification: keys and roles are its concern, and workspaces that were suspended. */
  readonly invalidateKeys: (payload: string) => void
  readonly invalidateAllKeys: () => void
}

export const watchChanges = (options: WatchOptions): Listener =>
  createListener({
    url: options.url,
    channel: CHANNEL,
    log: options.log,
    onNotification: (payload) => {
      const [kind, id] = payload.split(' ')
      if (kind === 'workspace' && id !== undefined) options.forgetWorkspace(id)
      options.invalidateKeys(payload)
    },
    onGap: () => {
      options.forgetAllWorkspaces()
      options.invalidateAllKeys()
    },
  })
