// The change feed over HTTP: `GET /changes`, a page of changes after a position; `GET /changes/stream`, the
// same as server-sent events; and `POST /changes/tickets`, a ticket for such a stream.

import type { FeedPosition } from '../../tenants/changes/feed.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { badInput } from '../error/problem.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context, Handler } from '../http/context.ts'
import { parseQuery, type Query } from '../http/query.ts'
import type { ReadEvents } from './batches.ts'
import { readChangePage, writePage, writeReset } from './changePage.ts'
import {
  type ChangesRequest,
  parseChangesRequest,
  queryTextOf,
  readTicketQuery,
  withTicket,
} from './changesRequest.ts'
import { eventOf, openFeedStream, STREAM_HEADERS } from './eventStream.ts'
import type { Feed } from './feed.ts'
import type { ChangeQuery, ReadChanges } from './read.ts'
import { perModel, renewing } from './renewal.ts'
import { writeEntry } from './shown.ts'
import { endReplaced } from './streams.ts'

export type ChangesHandler = Handler<RequestContext<unknown>>

const givenIn = ({ state: { ticket, target } }: Context): Query => {
  const query = parseQuery(target.search)
  return ticket === undefined ? query : withTicket(query, ticket.query)
}

/** The request by the model of a context. Objects may be renamed while a stream is open. */
const requestsIn = (given: Query): ((context: RequestContext<unknown>) => ChangesRequest) =>
  perModel(({ model }) => parseChangesRequest(given, model))

const namesOf = ({ sides }: ChangeQuery): readonly string[] => sides.map(({ side }) => side)

export const createPageHandler =
  ({ positions, positionOf, read, ticker, streams, renew, newest }: Feed): ChangesHandler =>
  async (ctx, context) => {
    const { id: workspaceId } = context.workspace
    const requestFor = requestsIn(givenIn(ctx))
    const { query, limit, waitMs, after } = requestFor(context)
    const position = await positionOf(workspaceId, after)
    const readOne = (reader: RequestContext<unknown>, from: FeedPosition) =>
      read(reader, requestFor(reader).query, from, limit)
    const parts = { read: readOne, ticker, streams, renew }
    const page = await readChangePage(parts, ctx, context, waitMs, position)
    const idOf = (at: FeedPosition): string => positions.write(workspaceId, at)
    ctx.type = 'application/json'
    ctx.body =
      page === null ? writeReset(idOf({ after: await newest() })) : writePage(page, namesOf(query), idOf)
  }

const feedEvents =
  (
    read: ReadChanges,
    queryFor: (context: RequestContext<unknown>) => ChangeQuery,
    idOf: (position: FeedPosition) => string,
  ): ReadEvents =>
  async (context, after, limit) => {
    const query = queryFor(context)
    const page = await read(context, query, after, limit)
    if (page === null) return null
    const events = page.entries.map(({ entry, records, position }) => {
      const id = idOf(position)
      return eventOf(id, 'change', writeEntry(entry, id, namesOf(query), records))
    })
    return { events, end: page.end, hasMore: page.hasMore }
  }

export const createStreamHandler =
  ({ positions, positionOf, read, streams, renew, tickets }: Feed): ChangesHandler =>
  async (ctx, context) => {
    const given = givenIn(ctx)
    const requestFor = requestsIn(given)
    const { waitMs, after } = requestFor(context)
    if (waitMs > 0) throw badInput("Streams do not support 'wait'", 'INVALID_ARGS')
    const lastId = ctx.req.headers['last-event-id']
    const { id: workspaceId } = context.workspace
    const position = await positionOf(
      workspaceId,
      typeof lastId === 'string' && lastId !== '' ? lastId : after,
    )
    const { ticket } = ctx.state
    streams.refuseTooMany(context.caller.callerId)
    if (ctx.method === 'HEAD') {
      ctx.set(STREAM_HEADERS)
      ctx.status = 200
      return
    }
    const connection = ticket === undefined ? {} : { ticket: await tickets.connect(ticket) }
    const request = {
      read: feedEvents(
        read,
        (now) => requestFor(now).query,
        (at) => positions.write(workspaceId, at),
      ),
      queryText: queryTextOf(given),
      position,
      renew: renewing(() => renew(ctx), context, requestFor),
      ...connection,
    }
    const stream = streams.open(context, request, (id) => {
      ctx.respond = false
      return openFeedStream(ctx.res, id)
    })
    ctx.res.once('close', () => stream.end())
    endReplaced(streams, tickets)
  }

export const createTicketHandler =
  ({ tickets }: Feed, readJson: ReadJson): ChangesHandler =>
  async (ctx, context) => {
    const query = readTicketQuery(await readJson(ctx.req))
    const asked = new Map(Object.entries(query).map(([name, text]) => [name, [text]] as const))
    parseChangesRequest(asked, context.model)
    const { ticket, connectBy, expiresAt } = await tickets.issue(ctx.req.headers, context.caller, query)
    ctx.status = 201
    ctx.body = { data: { ticket, connectBy, expiresAt } }
  }
