// The parts of the change feed that its routes and subscriptions share.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import { type FeedPosition, type FeedWindow, oldestWindow, tick } from '../../tenants/changes/feed.ts'
import type { Keyring } from '../auth/keyring.ts'
import type { Tickets } from '../auth/tickets.ts'
import type { Config } from '../config.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { Context } from '../http/context.ts'
import { createBatches } from './batches.ts'
import type { LayoutOf } from './layouts.ts'
import { createPositions, type Positions } from './position.ts'
import { createChangeReader, type ReadChanges } from './read.ts'
import { createStreams, type Streams } from './streams.ts'
import { createTicker, type Ticker, type TickerOptions } from './ticker.ts'
import { createPageTurns } from './turns.ts'

export interface FeedOptions extends Pick<TickerOptions, 'election' | 'isWatched'> {
  readonly pool: Pool
  readonly connections: ConnectionPool
  readonly log: Log
  readonly keyring: Keyring
  /** The caller of a request and its rights as they are now; rejects with a Problem. */
  readonly renew: (ctx: Context) => Promise<RequestContext<unknown>>
  readonly layoutOf: LayoutOf
  readonly tickets: Pick<Tickets, 'issue' | 'connect' | 'isReplaced' | 'refresh'>
  readonly config: Pick<Config, 'maxStreams' | 'maxStreamsPerCaller'>
  /** Moves the logs of nodes into the one that is read here. */
  readonly collect: () => Promise<void>
}

export interface Feed extends Pick<FeedOptions, 'renew' | 'tickets'> {
  readonly positions: Positions
  readonly ticker: Ticker
  readonly streams: Streams
  readonly read: ReadChanges
  readonly newest: () => Promise<FeedWindow>
  /** Number of readers whose position had expired. */
  readonly resets: () => number
  /** @param after a position of the workspace, `oldest`, `now` or, for the same, undefined */
  readonly positionOf: (workspaceId: string, after: string | undefined) => Promise<FeedPosition>
}

const PAGES_AT_ONCE = { most: 16, mostPerWorkspace: 4 }

export const createFeed = (options: FeedOptions): Feed => {
  const { pool, connections, log, renew, tickets, layoutOf, config } = options
  const positions = createPositions(options.keyring)
  const newest = async (): Promise<FeedWindow> => {
    await options.collect()
    return tick(pool)
  }
  const ticker = createTicker({ ...options, newest })
  const readChanges = createChangeReader({ pool, connections, layoutOf })
  const inTurn = createPageTurns(PAGES_AT_ONCE)
  let resets = 0
  return {
    positions,
    ticker,
    streams: createStreams({
      ...config,
      ticker,
      batches: createBatches({ positions, newest }),
      callerOf: ({ caller }) => caller.callerId,
      idOf: ({ workspace }, position) => positions.write(workspace.id, position),
      log,
    }),
    read: async (context, ...asked) => {
      const page = await inTurn(context.workspace.id, () => readChanges(context, ...asked))
      if (page === null) resets += 1
      return page
    },
    newest,
    resets: () => resets,
    renew,
    tickets,
    positionOf: async (workspaceId, after) => {
      const given =
        after === undefined || after === 'now' || after === 'oldest'
          ? null
          : positions.read(workspaceId, after)
      // What was committed before the request gets a window.
      const window = await newest()
      return given ?? { after: after === 'oldest' ? await oldestWindow(pool, workspaceId) : window }
    },
  }
}
