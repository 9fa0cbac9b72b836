// Authorises API requests: from a bearer token or cookie to the handler's call with its request context, or a
// 401, 403 or 429. Counting the rate limit and loading the workspace run in parallel. auth/ verifies tokens,
// limits/throttle.ts has the limits.

import type { RequestSource } from '../../tenants/audit/source.ts'
import { countFailure } from '../auth/failures.ts'
import type { SenderAddress } from '../auth/networks.ts'
import type { TicketClaims } from '../auth/ticketClaims.ts'
import { Problem } from '../error/problem.ts'
import type { Context, Handler, Middleware } from '../http/context.ts'
import { parseQuery } from '../http/query.ts'
import { sourceOf } from '../http/source.ts'
import type { RateLimitSubject, Throttle } from '../limits/throttle.ts'

export type { Handler } from '../http/context.ts'

/** Both reject with a Problem (401, 403). */
export interface Credentials<Caller> {
  readonly keys: {
    readonly authenticate: (authorization: string | undefined, sender: SenderAddress) => Promise<Caller>
  }
  /** Null without a cookie. */
  readonly sessions: { readonly callerFor: (ctx: Context) => Promise<Caller | null> }
  readonly tickets: { readonly callerOf: (ticket: TicketClaims, sender: SenderAddress) => Promise<Caller> }
}

export interface Authorisation<Caller extends RateLimitSubject, RequestContext> {
  /** Rejects with a Problem (401, 403). */
  readonly authenticate: (ctx: Context) => Promise<Caller>
  readonly throttle: Throttle
  /** Loads the request context of the caller's workspace. */
  readonly open: (caller: Caller, requestId: string, source?: RequestSource) => Promise<RequestContext>
}

/** By header or, without one, by the session cookie: the header wins. A stream's ticket wins over both. */
export const createAuthentication =
  <Caller>({ keys, sessions, tickets }: Credentials<Caller>) =>
  async (ctx: Context): Promise<Caller> => {
    if (ctx.state.ticket !== undefined) return tickets.callerOf(ctx.state.ticket, ctx)
    const { authorization } = ctx.req.headers
    if (authorization !== undefined) return keys.authenticate(authorization, ctx)
    return (await sessions.callerFor(ctx)) ?? keys.authenticate(authorization, ctx)
  }

/** The same for a stream, which the `ticket` of its query string may open. */
export const acceptingTickets =
  <Caller>(
    authenticate: (ctx: Context) => Promise<Caller>,
    read: (ticket: string) => Promise<TicketClaims>,
  ) =>
  async (ctx: Context): Promise<Caller> => {
    const [ticket] = parseQuery(ctx.state.target.search).get('ticket') ?? []
    if (ticket !== undefined) ctx.state.ticket = await read(ticket)
    return authenticate(ctx)
  }

/** Counts a request of an authenticated caller, while the workspace is looked up. */
export const createContextOf =
  <Caller extends RateLimitSubject, RequestContext>({
    throttle,
    open,
  }: Pick<Authorisation<Caller, RequestContext>, 'throttle' | 'open'>) =>
  async (ctx: Context, caller: Caller): Promise<RequestContext> => {
    ctx.state.workspaceId = caller.workspaceId
    ctx.state.callerId = caller.callerId
    const source = ctx.method === 'GET' ? undefined : sourceOf(ctx)
    const opening = open(caller, ctx.state.requestId, source)
    // If the limit refuses the request, the load's failure would be an unhandled rejection.
    opening.catch(() => {})
    const result = await throttle.begin(caller)
    for (const name in result.headers) ctx.res.setHeader(name, result.headers[name] ?? '')
    if (result.refusal !== null) throw result.refusal
    return opening
  }

/** Handles a request that failed once more, if that may help; otherwise rejects with the failure. */
export type Retry<RequestContext> = (
  handle: Handler<RequestContext>,
  ctx: Context,
  requestContext: RequestContext,
  failure: unknown,
) => Promise<void>

interface Otherwise<RequestContext> {
  /** Answers anonymous callers, instead of a 401. */
  readonly answerAnonymous?: Handler<null>
  readonly retry?: Retry<RequestContext>
}

export const createAuthorisation = <Caller extends RateLimitSubject, RequestContext>(
  parts: Authorisation<Caller, RequestContext>,
) => {
  const contextOf = createContextOf(parts)
  return (
    handle: Handler<RequestContext>,
    { answerAnonymous, retry }: Otherwise<RequestContext> = {},
  ): Middleware =>
    async (ctx) => {
      let caller: Caller
      try {
        caller = await parts.authenticate(ctx)
      } catch (error) {
        const failure = await countFailure(parts.throttle, ctx, error)
        const isAnonymous = failure instanceof Problem && failure.code === 'UNAUTHENTICATED'
        if (answerAnonymous === undefined || !isAnonymous) throw failure
        await answerAnonymous(ctx, null)
        return
      }
      const requestContext = await contextOf(ctx, caller)
      try {
        await handle(ctx, requestContext)
      } catch (error) {
        if (retry === undefined) throw error
        await retry(handle, ctx, requestContext, error)
      }
    }
}
