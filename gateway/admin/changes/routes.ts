// `GET /admin/changes`, a page of changes of all workspaces after a position, and the same as server-sent
// events at `GET /admin/changes/stream`. Reading needs the scope `events`, and values of records need
// `events:values`.

import type { Pool } from 'pg'
import type { HostPosition } from '../../../tenants/changes/hostFeed.ts'
import type { Operator } from '../../../tenants/operator.ts'
import type { ReadEvents } from '../../changes/batches.ts'
import { readChangePage, writePage, writeReset } from '../../changes/changePage.ts'
import { eventOf, openFeedStream, STREAM_HEADERS } from '../../changes/eventStream.ts'
import { writeEntry } from '../../changes/shown.ts'
import type { Streams } from '../../changes/streams.ts'
import type { Ticker } from '../../changes/ticker.ts'
import { badInput } from '../../error/problem.ts'
import type { Context, Handler } from '../../http/context.ts'
import { parseQuery } from '../../http/query.ts'
import { requireScope } from '../scope.ts'
import { type HostChangesRequest, type HostQuery, parseHostChanges } from './hostChangesRequest.ts'
import type { HostPositions } from './position.ts'
import type { ReadHostChanges } from './reader.ts'

export interface HandlerParts {
  readonly pool: Pool
  readonly ticker: Ticker
  readonly positions: HostPositions
  readonly read: ReadHostChanges
  readonly streams: Streams<Operator, HostPosition>
  readonly newest: () => Promise<HostPosition>
  /** @param after a position, `oldest`, `now` or, for the same, undefined */
  readonly positionOf: (after: string | undefined) => Promise<HostPosition>
  /** The operator of a request as it is now; rejects with a Problem. */
  readonly identify: (ctx: Context) => Promise<Operator>
}

const requireScopes = (operator: Operator, { sides }: HostQuery): void => {
  requireScope(operator, 'events', 'workspaces')
  if (sides.length > 0) requireScope(operator, 'events:values', 'workspaces')
}

/** Leaves out workspaces that the operator's key does not reach. */
const narrowed = (query: HostQuery, { workspaceIds }: Operator): HostQuery => {
  if (workspaceIds === null) return query
  const asked = query.workspaces === null ? workspaceIds : [...query.workspaces]
  return { ...query, workspaces: new Set(asked.filter((id) => workspaceIds.includes(id))) }
}

const requestOf = async (
  { pool }: HandlerParts,
  ctx: Context,
  operator: Operator,
): Promise<HostChangesRequest> => {
  requireScope(operator, 'events', 'workspaces')
  const request = await parseHostChanges(pool, parseQuery(ctx.state.target.search))
  requireScopes(operator, request.query)
  return { ...request, query: narrowed(request.query, operator) }
}

const renewing =
  ({ identify }: HandlerParts, query: HostQuery) =>
  async (ctx: Context): Promise<Operator> => {
    const operator = await identify(ctx)
    requireScopes(operator, query)
    return operator
  }

export const createListHandler =
  (parts: HandlerParts): Handler<Operator> =>
  async (ctx, operator) => {
    const { positions, ticker, streams, read, newest, positionOf } = parts
    const { query, limit, waitMs, after } = await requestOf(parts, ctx, operator)
    const page = await readChangePage(
      {
        read: (_: Operator, from: HostPosition) => read(query, from, limit),
        ticker,
        streams,
        renew: renewing(parts, query),
      },
      ctx,
      operator,
      waitMs,
      await positionOf(after),
    )
    ctx.type = 'application/json'
    ctx.body =
      page === null
        ? writeReset(positions.write(await newest()))
        : writePage(page, query.sides, positions.write)
  }

const eventsOf =
  ({ read, positions }: HandlerParts, query: HostQuery): ReadEvents<Operator, HostPosition> =>
  async (_, from, limit) => {
    const page = await read(query, from, limit)
    if (page === null) return null
    const events = page.entries.map(({ entry, records, position }) => {
      const id = positions.write(position)
      return eventOf(id, 'change', writeEntry(entry, id, query.sides, records))
    })
    return { events, end: page.end, hasMore: page.hasMore }
  }

export const createEventStreamHandler =
  (parts: HandlerParts): Handler<Operator> =>
  async (ctx, operator) => {
    const { streams, positionOf } = parts
    const { query, waitMs, after } = await requestOf(parts, ctx, operator)
    if (waitMs > 0) throw badInput("Streams do not support 'wait'", 'INVALID_ARGS')
    const lastId = ctx.req.headers['last-event-id']
    const position = await positionOf(typeof lastId === 'string' && lastId !== '' ? lastId : after)
    streams.refuseTooMany(operator.id)
    if (ctx.method === 'HEAD') {
      ctx.set(STREAM_HEADERS)
      ctx.status = 200
      return
    }
    const renew = renewing(parts, query)
    const request = { read: eventsOf(parts, query), queryText: '', position, renew: () => renew(ctx) }
    const stream = streams.open(operator, request, (id) => {
      ctx.respond = false
      return openFeedStream(ctx.res, id)
    })
    ctx.res.once('close', () => stream.end())
  }
