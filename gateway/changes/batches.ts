// Batches of events for streams. Streams of one caller with the same query and position share a batch: it is
// read and serialised once.

import { LRUCache } from 'lru-cache'
import type { FeedPosition, FeedWindow } from '../../tenants/changes/feed.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { Positions } from './position.ts'
import type { ChangeQuery, ReadChanges } from './read.ts'
import { writeEntry } from './shown.ts'

export interface Batch {
  /** Events, ready to be sent; null: the position is not known. */
  readonly text: string | null
  readonly end: FeedPosition
  readonly hasMore: boolean
}

export interface BatchRequest {
  readonly query: ChangeQuery
  /** Equal for requests that ask the same. */
  readonly queryText: string
}

export interface Batches {
  /** A window was closed: what was read before it is not shared any more. */
  readonly onWindow: (window: FeedWindow) => void
  readonly read: (
    context: RequestContext<unknown>,
    request: BatchRequest,
    position: FeedPosition,
  ) => Promise<Batch>
}

export interface BatchesOptions {
  readonly positions: Positions
  readonly read: ReadChanges
  /** The newest window, for streams that have to start over. */
  readonly newest: () => Promise<FeedWindow>
}

/** Changes per batch, which bounds its text. */
const BATCH_CHANGES = 100
const MAX_SHARED = 200
const SHARED_FOR_MS = 2_000

export const eventOf = (id: string, name: string, data: string): string =>
  `id: ${id}\nevent: ${name}\ndata: ${data}\n\n`

export const createBatches = ({ positions, read, newest }: BatchesOptions): Batches => {
  const shared = new LRUCache<string, Promise<Batch>>({ max: MAX_SHARED, ttl: SHARED_FOR_MS })
  /**
   * Numbers of the permissions that batches were read with: a batch is not shared across a change of rights.
   */
  const rights = new WeakMap<object, number>()
  let lastRight = 0
  let lastWindow = 0

  const readNew = async (
    context: RequestContext<unknown>,
    query: ChangeQuery,
    position: FeedPosition,
  ): Promise<Batch> => {
    const page = await read(context, query, position, BATCH_CHANGES)
    if (page === null) return { text: null, end: { after: await newest() }, hasMore: false }
    const events = page.entries.map(({ entry, position: at }) => {
      const id = positions.write(context.workspace.id, at)
      return eventOf(id, 'change', writeEntry(entry, id))
    })
    return { text: events.join(''), end: page.end, hasMore: page.hasMore }
  }

  const rightOf = (permissions: object): number => {
    const known = rights.get(permissions)
    if (known !== undefined) return known
    lastRight += 1
    rights.set(permissions, lastRight)
    return lastRight
  }

  return {
    onWindow: ({ number }) => {
      lastWindow = number
    },
    read: (context, { query, queryText }, position) => {
      const { session, caller, workspace, permissions } = context
      const at = positions.write(workspace.id, position)
      const who = [session.role, caller.keyId, caller.workspaceMemberId, rightOf(permissions)]
      const key = JSON.stringify([at, lastWindow, workspace.version, ...who, queryText])
      const known = shared.get(key)
      if (known !== undefined) return known
      const batch = readNew(context, query, position)
      shared.set(key, batch)
      batch.catch(() => shared.delete(key))
      return batch
    },
  }
}
