// Records contested API names in comments as soon as a model with such names is read, in the background and
// one workspace at a time. A model whose names could not be recorded is skipped until it changes.

import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import type { Model } from '../../tenants/model/model.ts'
import { pinContests } from '../../tenants/model/pinContests.ts'

interface NamePins {
  readonly keep: (workspaceId: string, model: Model) => void
  /** Stops after the running transaction. */
  readonly close: () => Promise<void>
}

const MAX_REMEMBERED = 5_000

export const createNamePins = (pool: Pool, log: Log): NamePins => {
  const tried = new LRUCache<string, string>({ max: MAX_REMEMBERED })
  let running = Promise.resolve()
  let isClosed = false

  const pin = async (workspaceId: string): Promise<void> => {
    if (isClosed) return
    try {
      const { pinned, errors } = await pinContests(pool, workspaceId)
      if (pinned > 0) log.info({ workspaceId, comments: pinned }, 'recorded contested API names in comments')
      for (const err of errors) log.warn({ err, workspaceId }, 'cannot record an API name in a comment')
    } catch (err) {
      log.warn({ err, workspaceId }, 'cannot record contested API names in comments')
    }
  }

  return {
    keep: (workspaceId, { schemaHash, unpinned }) => {
      if (unpinned.length === 0 || tried.get(workspaceId) === schemaHash) return
      tried.set(workspaceId, schemaHash)
      running = running.then(() => pin(workspaceId))
    },
    close: async () => {
      isClosed = true
      await running
    },
  }
}
