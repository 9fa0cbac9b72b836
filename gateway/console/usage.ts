// Usage of a workspace's APIs, at /console/usage: the remaining limit of this minute, the last 24 hours, the
// slowest routes, and the share of each key: all keys for callers who manage keys or the workspace, else only
// the caller.

import type { Pool } from 'pg'
import { type Key, listKeys } from '../../tenants/key.ts'
import { limitOf } from '../../tenants/limits.ts'
import { readUsage, type UsageRoute } from '../../tenants/usage.ts'
import type { Caller } from '../auth/caller.ts'
import type { PublicHandler } from '../http/context.ts'
import type { Throttle } from '../limits/throttle.ts'
import type { Meter } from '../usage/meter.ts'
import { percentileMs } from '../usage/meter.ts'
import { type ConsoleAuthorisationOptions, createConsoleAuthorisation } from './authorise.ts'

interface UsageRouteOptions extends ConsoleAuthorisationOptions {
  readonly pool: Pool
  readonly throttle: Throttle
  readonly meter: Pick<Meter, 'flush'>
  /** The workspace's, from its request context. */
  readonly settingsOf: (workspaceId: string) => Promise<Readonly<Record<string, unknown>>>
  /** For keys without a limit of their own. */
  readonly rateLimitPerMinute: number
}

/** The remaining limit of this minute. */
interface LimitAnswer {
  readonly perMinute: number
  readonly used: number
  readonly resetSeconds: number
}

interface UsageAnswer {
  readonly limit: LimitAnswer | null
  readonly keys: readonly (LimitAnswer & { readonly id: string; readonly name: string })[]
  readonly hours: readonly {
    readonly at: string
    readonly requests: number
    readonly refused: number
    readonly failed: number
  }[]
  readonly routes: readonly {
    readonly route: string
    readonly requests: number
    readonly averageMs: number
    readonly p95Ms: number
  }[]
}

/** The newest; each costs a read of a counter. */
const MAX_KEYS = 200

const rounded = (ms: number): number => Math.round(ms * 10) / 10

const routeAnswer = ({ route, requests, totalMs, latencies }: UsageRoute): UsageAnswer['routes'][number] => ({
  route,
  requests,
  averageMs: rounded(totalMs / requests),
  p95Ms: rounded(percentileMs(latencies, 0.95)),
})

const isAlive = ({ revokedAt, expiresAt }: Key): boolean => revokedAt === null && expiresAt > new Date()

const limitOfCaller = async (
  throttle: Pick<Throttle, 'look'>,
  callerId: string,
  perMinute: number,
): Promise<LimitAnswer> => {
  const { events, resetMs } = await throttle.look(callerId)
  return { perMinute, used: Math.min(events, perMinute), resetSeconds: Math.ceil(resetMs / 1000) }
}

export const createUsageRoute = (options: UsageRouteOptions): PublicHandler => {
  const { pool, throttle, meter, settingsOf, rateLimitPerMinute } = options
  const authorise = createConsoleAuthorisation(options)

  const keysOf = async (caller: Caller, seesAll: boolean): Promise<UsageAnswer['keys']> => {
    const [keys, settings] = await Promise.all([
      listKeys(pool, caller.workspaceId),
      settingsOf(caller.workspaceId),
    ])
    const perKey = limitOf(settings, 'keyRateLimitPerMinute') ?? rateLimitPerMinute
    const shown = keys
      .filter((key) => (seesAll || key.id === caller.keyId) && isAlive(key))
      .slice(0, MAX_KEYS)
    return Promise.all(
      shown.map(async ({ id, name, rateLimitPerMinute: own }) => ({
        id,
        name,
        ...(await limitOfCaller(throttle, id, own ?? perKey)),
      })),
    )
  }

  const answer = async (caller: Caller): Promise<UsageAnswer> => {
    const seesAll = caller.flags.has('API_KEYS_AND_WEBHOOKS') || caller.flags.has('WORKSPACE')
    await meter.flush()
    const [limit, keys, usage] = await Promise.all([
      limitOfCaller(throttle, caller.callerId, caller.rateLimitPerMinute ?? rateLimitPerMinute),
      keysOf(caller, seesAll),
      readUsage(pool, caller.workspaceId, seesAll ? null : caller.callerId),
    ])
    return {
      limit,
      keys,
      hours: usage.hours.map((hour) => ({ ...hour, at: hour.at.toISOString() })),
      routes: usage.routes.map(routeAnswer),
    }
  }

  return async (ctx) => {
    ctx.body = await answer(await authorise(ctx))
  }
}
