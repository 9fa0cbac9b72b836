// The change feed, wired: its routes, and what makes it look for changes.

import type { Placement } from '../../sql/placement.ts'
import { createLogCollector } from '../../tenants/changes/collectLogs.ts'
import { type FeedState, readFeedState } from '../../tenants/changes/feedState.ts'
import type { Caller } from '../auth/caller.ts'
import type { Callers } from '../auth/callers.ts'
import { acceptingTickets, createAuthentication } from '../entry/authorise.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context, RouteRow } from '../http/context.ts'
import { createFeed, type Feed, type FeedOptions } from './feed.ts'
import { type ChangesHandler, createPageHandler, createStreamHandler, createTicketHandler } from './routes.ts'
import { endReplaced } from './streams.ts'

interface ChangesOptions
  extends Pick<FeedOptions, 'pool' | 'log' | 'keyring' | 'layoutOf' | 'config' | 'election' | 'isWatched'> {
  readonly placement: Pick<Placement, 'connections' | 'workers'>
  readonly callers: Pick<Callers, 'keys' | 'sessions' | 'tickets'>
  readonly open: (caller: Caller, requestId: string) => Promise<RequestContext<unknown>>
  readonly readJson: ReadJson
}

export interface Changes {
  readonly feed: Feed
  readonly rows: readonly RouteRow<ChangesHandler>[]
  /** Routes that a ticket may open. */
  readonly streamRows: readonly RouteRow<ChangesHandler>[]
  /** Of a stream: by header, cookie or ticket. */
  readonly authenticateStream: (ctx: Context) => Promise<Caller>
  /**
   * Ends streams whose caller lost its rights or whose ticket connected again.
   * @param payload of a notification
   */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
  /** Moves the logs of nodes, from time to time. */
  readonly start: () => void
  /** Moves what was committed on the nodes before the call into the log; null: there is one Postgres. */
  readonly collect: (() => Promise<void>) | null
  /** After a write: looks for changes. */
  readonly look: () => void
  readonly streams: () => number
  /** For metrics. */
  readonly observed: {
    readonly feedState: () => Promise<FeedState>
    /** Number of readers whose position had expired. */
    readonly feedResets: () => number
  }
  readonly close: () => Promise<void>
}

export const createChanges = ({
  readJson,
  callers,
  open,
  placement,
  ...options
}: ChangesOptions): Changes => {
  const { tickets } = callers
  const { connections, workers } = placement
  const { collect, ...logs } = createLogCollector({ ...options, workers })
  const authenticate = createAuthentication(callers)
  const renew = async (ctx: Context) => open(await authenticate(ctx), ctx.state.requestId)
  const feed = createFeed({ ...options, connections, collect, renew, tickets })
  const { streams, ticker } = feed
  const list = createPageHandler(feed)
  const stream = createStreamHandler(feed)
  const refresh = async (): Promise<void> => {
    await tickets.refresh(streams.ofTickets().map(({ ticket }) => ticket))
    endReplaced(streams, tickets)
  }
  return {
    feed,
    rows: [
      { pattern: '/changes', methods: { GET: list, HEAD: list } },
      { pattern: '/changes/tickets', methods: { POST: createTicketHandler(feed, readJson) } },
    ],
    streamRows: [{ pattern: '/changes/stream', methods: { GET: stream, HEAD: stream } }],
    authenticateStream: acceptingTickets(authenticate, tickets.read),
    invalidate: (payload) => {
      if (payload.startsWith('window ')) ticker.onAnnounced(payload)
      else if (payload.startsWith('ticket ')) endReplaced(streams, tickets)
      else streams.renew()
    },
    invalidateAll: () => {
      ticker.ring()
      streams.renew()
      refresh().catch((error: unknown) =>
        options.log.warn({ err: error }, 'cannot check tickets for later connections'),
      )
    },
    start: logs.start,
    collect: workers === null ? null : collect,
    look: ticker.ring,
    streams: streams.count,
    observed: { feedState: () => readFeedState(options.pool), feedResets: feed.resets },
    close: async () => {
      streams.close()
      await ticker.close()
      await logs.close()
    },
  }
}
