// The change feed over HTTP: `GET /changes`, a page of changes after a position, and `GET /changes/stream`,
// the same as server-sent events.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import { type FeedPosition, oldestWindow, tick } from '../../tenants/changes/feed.ts'
import type { Config } from '../config.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { badInput } from '../error/problem.ts'
import type { Context, Handler, Row } from '../http/context.ts'
import { parseQuery } from '../rest/query.ts'
import type { LayoutOf } from './layouts.ts'
import { readPage, writePage, writeReset } from './page.ts'
import { createPositions } from './position.ts'
import { createChangeReader } from './read.ts'
import { type ChangesRequest, parseChangesRequest } from './request.ts'
import { createStreams } from './streams.ts'
import { createTicker } from './ticker.ts'

export interface ChangesOptions {
  readonly pool: Pool
  readonly connections: ConnectionPool
  readonly log: Log
  readonly secretKey: string
  readonly layoutOf: LayoutOf
  /** The caller of a request and its rights as they are now; rejects with a Problem. */
  readonly renew: (ctx: Context) => Promise<RequestContext<unknown>>
  readonly config: Pick<Config, 'maxStreams' | 'maxStreamsPerCaller'>
}

export interface Changes {
  readonly rows: readonly Row<Handler<RequestContext<unknown>>>[]
  /** The connections; a write through them makes the feed look for changes. */
  readonly connections: ConnectionPool
  readonly streams: () => number
  readonly close: () => Promise<void>
}

const requestOf = (ctx: Context, context: RequestContext<unknown>): ChangesRequest =>
  parseChangesRequest(parseQuery(ctx.state.target.search), context.model)

const ringingAfterWrites = (connections: ConnectionPool, ring: () => void): ConnectionPool => ({
  ...connections,
  run: async (session, statement, how) => {
    const rows = await connections.run(session, statement, how)
    if (!how.retryable) ring()
    return rows
  },
})

export const createChanges = (options: ChangesOptions): Changes => {
  const { pool, log, renew } = options
  const positions = createPositions(options.secretKey)
  const ticker = createTicker({ pool, log })
  const connections = ringingAfterWrites(options.connections, ticker.ring)
  const read = createChangeReader({ pool, connections: options.connections, layoutOf: options.layoutOf })
  const newest = () => tick(pool)
  const streams = createStreams({ ...options.config, ticker, positions, read, newest, log })

  const positionOf = async (workspaceId: string, after: string | undefined): Promise<FeedPosition> => {
    const given =
      after === undefined || after === 'now' || after === 'oldest' ? null : positions.read(workspaceId, after)
    // What was committed before the request gets a window.
    const window = await newest()
    return given ?? { after: after === 'oldest' ? await oldestWindow(pool) : window }
  }

  const list: Handler<RequestContext<unknown>> = async (ctx, context) => {
    const { id: workspaceId } = context.workspace
    const request = requestOf(ctx, context)
    const position = await positionOf(workspaceId, request.after)
    const page = await readPage({ read, ticker, renew }, ctx, context, request, position)
    const idOf = (at: FeedPosition): string => positions.write(workspaceId, at)
    ctx.type = 'application/json'
    ctx.body = page === null ? writeReset(idOf({ after: await newest() })) : writePage(page, idOf)
  }

  const stream: Handler<RequestContext<unknown>> = async (ctx, context) => {
    const { query, waitMs, after } = requestOf(ctx, context)
    if (waitMs > 0) throw badInput("A stream takes no 'wait'", 'INVALID_ARGS')
    const lastId = ctx.req.headers['last-event-id']
    const from = typeof lastId === 'string' && lastId !== '' ? lastId : after
    streams.open(ctx, context, {
      query,
      queryText: ctx.state.target.search,
      position: await positionOf(context.workspace.id, from),
      renew: () => renew(ctx),
    })
  }

  return {
    rows: [
      { pattern: '/changes', methods: { GET: list, HEAD: list } },
      { pattern: '/changes/stream', methods: { GET: stream } },
    ],
    connections,
    streams: streams.count,
    close: async () => {
      streams.close()
      await ticker.close()
    },
  }
}
