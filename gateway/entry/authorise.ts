// Who may pass to the API. In: a request with its bearer token or cookie; out: the handler's call with the
// caller and what was opened for it, or a 401, 403 or 429. The limit is counted while the workspace is
// opened, so that neither waits for the other. Not decided here: what a token means (auth), how much is too
// much (limits/throttle.ts).

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
  /** Prepares what the handlers need of the caller's workspace. */
  readonly open: (caller: Caller) => Promise<RequestContext>
}

/** By header or, without one, by the cookie of a session: the header wins. */
export const createAuthentication =
  <Caller>({ keys, sessions }: Credentials<Caller>) =>
  async (ctx: Context): Promise<Caller> => {
    const { authorization } = ctx.req.headers
    if (authorization !== undefined) return keys.authenticate(authorization)
    return (await sessions.callerFor(ctx)) ?? keys.authenticate(authorization)
  }

export const createAdmission =
  <Caller extends Spender, RequestContext>({ authenticate, throttle, open }: Gate<Caller, RequestContext>) =>
  /** @param answerStranger answers who is not known, instead of a 401 */
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
    const opening = open(caller)
    // When the limit refuses the request, nobody is left to hear of the other's failure.
    opening.catch(() => {})
    const verdict = await throttle.begin(caller)
    for (const name in verdict.headers) ctx.res.setHeader(name, verdict.headers[name] ?? '')
    if (verdict.refusal !== null) throw verdict.refusal
    await handle(ctx, await opening)
  }
