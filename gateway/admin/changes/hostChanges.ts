// The changes of all workspaces for operators, wired: their routes and streams.

import type { Log } from '../../../sql/log.ts'
import { type FeedWindow, oldestWindow } from '../../../tenants/changes/feed.ts'
import type { HostPosition } from '../../../tenants/changes/hostFeed.ts'
import type { Operator } from '../../../tenants/operator.ts'
import type { Keyring } from '../../auth/keyring.ts'
import { BATCH_CHANGES, type Batches } from '../../changes/batches.ts'
import { createStreams } from '../../changes/streams.ts'
import type { Ticker } from '../../changes/ticker.ts'
import type { Config } from '../../config.ts'
import type { Handler, RouteRow } from '../../http/context.ts'
import { createHostPositions } from './position.ts'
import { createEventReader, type ReaderOptions } from './reader.ts'
import { createEventStreamHandler, createListHandler, type HandlerParts } from './routes.ts'

export interface HostChangesOptions extends ReaderOptions, Pick<HandlerParts, 'identify'> {
  readonly ticker: Ticker
  /** Closes a window where something is new. */
  readonly newest: () => Promise<FeedWindow>
  readonly keyring: Keyring
  readonly log: Log
  readonly config: Pick<Config, 'maxStreams' | 'maxStreamsPerCaller'>
}

interface HostChanges {
  readonly rows: readonly RouteRow<Handler<Operator>>[]
  /** Ends streams whose operator lost its rights. @param payload of a notification */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
  readonly streams: () => number
  readonly close: () => void
}

const at = (after: FeedWindow): HostPosition => ({ after, aside: [] })

export const createHostChanges = (options: HostChangesOptions): HostChanges => {
  const { pool, ticker, log, keyring, config, identify } = options
  const positions = createHostPositions(keyring)
  const newest = async (): Promise<HostPosition> => at(await options.newest())
  /** Each stream reads for itself: operators are few. */
  const batches: Batches<Operator, HostPosition> = {
    onWindow: () => {},
    read: async (operator, request, position) =>
      (await request.read(operator, position, BATCH_CHANGES)) ?? {
        events: null,
        end: await newest(),
        hasMore: false,
      },
  }
  const streams = createStreams<Operator, HostPosition>({
    ...config,
    ticker,
    batches,
    callerOf: ({ id }) => id,
    idOf: (_, position) => positions.write(position),
    log,
  })
  const positionOf = async (after: string | undefined): Promise<HostPosition> => {
    const given = after === undefined || after === 'now' || after === 'oldest' ? null : positions.read(after)
    // What was committed before the request gets a window.
    const now = await newest()
    return given ?? (after === 'oldest' ? at(await oldestWindow(pool)) : now)
  }
  const parts = {
    pool,
    ticker,
    positions,
    read: createEventReader(options),
    streams,
    newest,
    positionOf,
    identify,
  }
  const [list, stream] = [createListHandler(parts), createEventStreamHandler(parts)]
  return {
    rows: [
      { pattern: '/admin/changes', methods: { GET: list, HEAD: list } },
      { pattern: '/admin/changes/stream', methods: { GET: stream, HEAD: stream } },
    ],
    invalidate: (payload) => {
      if (/^(?:operator|session) /.test(payload)) streams.renew()
    },
    invalidateAll: streams.renew,
    streams: streams.count,
    close: streams.close,
  }
}
