// Subscriptions as server-sent events: "distinct connections" of the GraphQL over SSE protocol, one operation
// for each response. Every result has its position as id: a client that sends `Last-Event-ID` resumes there.

import type { ServerResponse } from 'node:http'
import { endEventStream, openEventStream } from '../changes/eventStream.ts'
import type { Feed } from '../changes/feed.ts'
import { renewing } from '../changes/renewal.ts'
import type { Sink } from '../changes/stream.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { toGraphQLBody } from '../error/problem.ts'
import type { Context } from '../http/context.ts'
import type { GraphQLRequest } from './graphqlRequest.ts'
import type { ResultForm, Subscribe } from './subscribe.ts'

const NEXT: ResultForm = {
  name: 'event stream',
  write: (position, result) => `id: ${position}\nevent: next\ndata: ${result}\n\n`,
}

const COMPLETE = 'event: complete\ndata: \n\n'

const sinkOf = (response: ServerResponse): Sink => ({
  ...openEventStream(response),
  reset: null,
  // Without `complete` the client reconnects.
  end: (problem) =>
    endEventStream(
      response,
      problem === null ? '' : `event: next\ndata: ${JSON.stringify(toGraphQLBody(problem))}\n\n${COMPLETE}`,
    ),
})

export const openSubscriptionStream = async (
  { feed, subscribe }: { readonly feed: Feed; readonly subscribe: Subscribe },
  ctx: Context,
  context: RequestContext<unknown>,
  request: GraphQLRequest,
): Promise<void> => {
  feed.streams.refuseTooMany(context.caller.callerId)
  const lastId = ctx.req.headers['last-event-id']
  const { check, ...subscription } = await subscribe(
    context,
    request,
    NEXT,
    typeof lastId === 'string' && lastId !== '' ? lastId : undefined,
  )
  const renew = renewing(() => feed.renew(ctx), context, check)
  const stream = feed.streams.open(context, { ...subscription, renew }, () => {
    ctx.respond = false
    return sinkOf(ctx.res)
  })
  ctx.res.once('close', () => stream.end())
}
