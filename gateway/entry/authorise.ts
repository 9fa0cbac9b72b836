// Authorises API requests: from a bearer token or cookie to the handler's call with its request context, or a
// 401, 403 or 429. Counting the rate limit and loading the workspace run in parallel. auth/ verifies tokens,
// limits/throttle.ts has the limits.

import { countFailure } from '../auth/failures.ts'
import { Problem } from '../error/problem.ts'
import type { Context, Handler, Middleware } from '../http/context.ts'
import type { Spender, Throttle } from '../limits/throttle.ts'

export type { Handler } from '../http/context.ts'

/** Both reject with a Problem (401, 403). */
export interface Credentials<Caller> {
  readonly keys: { readonly authenticate: (authorization: string | undefined) => Promise<Caller> }
  /** Null without a cookie. */
  readonly sessions: { readonly callerFor: (ctx: Context) => Promise<Caller | null> }
}

export interface Gate<Caller extends Spender, RequestContext> {
  /** Rejects with a Problem (401, 403). */
  readonly authenticate: (ctx: Context) => Promise<Caller>
  readonly throttle: Throttle
  /** Loads the request context of the caller's workspace. */
  readonly open: (caller: Caller, requestId: string) => Promise<RequestContext>
}

/** By header or, without one, by the session cookie: the header wins. */
export const createAuthentication =
  <Caller>({ keys, sessions }: Credentials<Caller>) =>
  async (ctx: Context): Promise<Caller> => {
    const { authorization } = ctx.req.headers
    if (authorization !== undefined) return keys.authenticate(authorization)
    return (await sessions.callerFor(ctx)) ?? keys.authenticate(authorization)
  }

export const createAdmission =
  <Caller extends Spender, RequestContext>({ authenticate, throttle, open }: Gate<Caller, RequestContext>) =>
  /** @param answerStranger answers anonymous callers, instead of a 401 */
  (handle: Handler<RequestContext>, answerStranger?: Handler<null>): Middleware =>
  async (ctx) => {
    let caller: Caller
    try {
      caller = await authenticate(ctx)
    } catch (error) {
      const failure = await countFailure(throttle, ctx, error)
      const isStranger = failure instanceof Problem && failure.code === 'UNAUTHENTICATED'
      if (answerStranger === undefined || !isStranger) throw failure
      await answerStranger(ctx, null)
      return
    }
    ctx.state.workspaceId = caller.workspaceId
    ctx.state.spenderId = caller.spenderId
    const opening = open(caller, ctx.state.requestId)
    // If the limit refuses the request, the load's failure would be an unhandled rejection.
    opening.catch(() => {})
    const verdict = await throttle.begin(caller)
    for (const name in verdict.headers) ctx.res.setHeader(name, verdict.headers[name] ?? '')
    if (verdict.refusal !== null) throw verdict.refusal
    await handle(ctx, await opening)
  }
