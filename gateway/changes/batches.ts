// Batches of events for streams. Streams of one caller with the same query and position share a batch: it is
// read and serialised once.

import { LRUCache } from 'lru-cache'
import type { FeedPosition, FeedWindow } from '../../tenants/changes/feed.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { Positions } from './position.ts'

type Context = RequestContext<unknown>

export interface Batch<Position = FeedPosition> {
  /** Events in the form of the stream's protocol; null: the position is unknown. */
  readonly events: readonly string[] | null
  readonly end: Position
  readonly hasMore: boolean
}

/** The next events after a position, out of at most `limit` changes of the log; null: an unknown position. */
export type ReadEvents<Reader = Context, Position = FeedPosition> = (
  context: Reader,
  position: Position,
  limit: number,
) => Promise<Batch<Position> | null>

export interface BatchRequest<Reader = Context, Position = FeedPosition> {
  readonly read: ReadEvents<Reader, Position>
  /** Equal for requests that read the same. */
  readonly queryText: string
}

export interface Batches<Reader = Context, Position = FeedPosition> {
  /** A window was closed: what was read before it is not shared any more. */
  readonly onWindow: (window: FeedWindow) => void
  readonly read: (
    context: Reader,
    request: BatchRequest<Reader, Position>,
    position: Position,
  ) => Promise<Batch<Position>>
}

interface BatchesOptions {
  readonly positions: Positions
  /** The newest window, for streams that have to start over. */
  readonly newest: () => Promise<FeedWindow>
}

/** Changes per batch; PAGE_BYTES of tenants/changes/feed.ts bounds it as well. */
export const BATCH_CHANGES = 100
const SHARED_CHARACTERS = 8_000_000
const SHARED_FOR_MS = 2_000

const sizeOf = ({ events }: Batch): number => events?.reduce((size, event) => size + event.length, 1) ?? 1

export const createBatches = ({ positions, newest }: BatchesOptions): Batches => {
  const reading = new Map<string, Promise<Batch>>()
  const shared = new LRUCache<string, Batch>({
    maxSize: SHARED_CHARACTERS,
    sizeCalculation: sizeOf,
    ttl: SHARED_FOR_MS,
    ttlAutopurge: true,
  })
  /**
   * Numbers of the permissions that batches were read with: a batch is not shared across a change of rights.
   */
  const rights = new WeakMap<object, number>()
  let lastRight = 0
  let lastWindow = ''

  const readNew = async (
    key: string,
    context: Context,
    { read }: BatchRequest,
    position: FeedPosition,
  ): Promise<Batch> => {
    const found = await read(context, position, BATCH_CHANGES)
    const batch = found ?? { events: null, end: { after: await newest() }, hasMore: false }
    shared.set(key, batch)
    return batch
  }

  const rightOf = (permissions: object): number => {
    const known = rights.get(permissions)
    if (known !== undefined) return known
    lastRight += 1
    rights.set(permissions, lastRight)
    return lastRight
  }

  return {
    onWindow: ({ number, token }) => {
      lastWindow = `${number} ${token}`
    },
    read: async (context, request, position) => {
      const { session, caller, workspace, permissions } = context
      const at = positions.write(workspace.id, position)
      const who = [session.role, caller.keyId, caller.workspaceMemberId, rightOf(permissions)]
      const key = JSON.stringify([at, lastWindow, workspace.version, ...who, request.queryText])
      const known = shared.get(key) ?? reading.get(key)
      if (known !== undefined) return known
      const batch = readNew(key, context, request, position)
      reading.set(key, batch)
      try {
        return await batch
      } finally {
        reading.delete(key)
      }
    },
  }
}
