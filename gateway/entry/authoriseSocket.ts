// Authorises a WebSocket. Browsers ask no permission before they open one to another origin, so the origin
// is compared here; a cookie works from the own origin alone (auth/forgery.ts).

import { countingFailures } from '../auth/failures.ts'
import { isOwnOrigin } from '../auth/forgery.ts'
import type { Config } from '../config.ts'
import { Problem } from '../error/problem.ts'
import type { Context } from '../http/context.ts'
import type { RateLimitSubject } from '../limits/throttle.ts'
import { type Authorisation, createContextOf } from './authorise.ts'

interface SocketAuthorisation<RequestContext> {
  /** Throws a 403 for a page that may not call the API (CORS_ORIGINS). */
  readonly refuseOrigin: (ctx: Context) => void
  /** Authorises a message like a request. Rejects with a Problem (401, 403, 429). */
  readonly authorise: (ctx: Context) => Promise<RequestContext>
}

export const createSocketAuthorisation = <Caller extends RateLimitSubject, RequestContext>(
  parts: Authorisation<Caller, RequestContext>,
  { corsOrigins, publicUrl }: Pick<Config, 'corsOrigins' | 'publicUrl'>,
): SocketAuthorisation<RequestContext> => {
  const contextOf = createContextOf(parts)
  return {
    refuseOrigin: (ctx) => {
      const { origin } = ctx.req.headers
      if (origin === undefined || corsOrigins === '*' || corsOrigins.includes(origin)) return
      if (isOwnOrigin(origin, ctx.host, publicUrl)) return
      throw new Problem('FORBIDDEN', 'Pages of this origin may not call the API.', {
        subCode: 'CROSS_ORIGIN',
        hint: 'CORS_ORIGINS lists the origins that may.',
      })
    },
    authorise: async (ctx) => contextOf(ctx, await countingFailures(parts.throttle, ctx, parts.authenticate)),
  }
}
