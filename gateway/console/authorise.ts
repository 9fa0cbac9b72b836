// Authorises callers of the console's own reads. They have a rate limit of their own, so that watching a key
// does not use it up.

import type { Caller } from '../auth/caller.ts'
import { countingFailures } from '../auth/failures.ts'
import type { Context } from '../http/context.ts'
import type { Throttle } from '../limits/throttle.ts'

export interface ConsoleAuthorisationOptions {
  readonly authenticate: (ctx: Context) => Promise<Caller>
  readonly throttle: Pick<Throttle, 'begin' | 'fail'>
  /** Of these reads. */
  readonly askedPerMinute: number
}

export const createConsoleAuthorisation =
  ({ authenticate, throttle, askedPerMinute }: ConsoleAuthorisationOptions) =>
  async (ctx: Context): Promise<Caller> => {
    const caller = await countingFailures(throttle, ctx, authenticate)
    ctx.state.workspaceId = caller.workspaceId
    const { headers, refusal } = await throttle.begin({
      callerId: `console:${caller.callerId}`,
      workspaceId: caller.workspaceId,
      rateLimitPerMinute: askedPerMinute,
      workspaceRateLimitPerMinute: caller.workspaceRateLimitPerMinute,
    })
    ctx.set({ ...headers })
    if (refusal !== null) throw refusal
    return caller
  }
