// Counts events per key in windows that start with a key's first event: returns the current count and the end
// of the window. Counts in Redis, shared by several gateways, or in the process. throttle.ts has the limits.

import { createRequire } from 'node:module'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'

export interface Count {
  readonly events: number
  /** Milliseconds until the window ends. */
  readonly resetMs: number
}

export interface Counter {
  /** @param limit past which the result is a refusal; counters of one process count on */
  readonly add: (key: string, limit: number) => Promise<Count>
  /** The count, without adding to it. */
  readonly look: (key: string) => Promise<Count>
  /** Takes one event back; not awaited. */
  readonly remove: (key: string) => void
}

interface CounterOptions {
  /** Distinguishes counters in one Redis. */
  readonly name: string
  readonly windowSeconds: number
}

type Library = typeof import('rate-limiter-flexible')

// The package's entry loads its limiters for a dozen databases, which takes 40 ms.
const require = createRequire(import.meta.url)
const RateLimiterMemory: Library['RateLimiterMemory'] = require('rate-limiter-flexible/lib/RateLimiterMemory')

// The library would compare with one limit for all keys; ours differ per key, so it only counts.
const UNLIMITED = Number.MAX_SAFE_INTEGER

const countOf = ({ consumedPoints, msBeforeNext }: RateLimiterRes): Count => ({
  events: consumedPoints,
  resetMs: Math.max(0, msBeforeNext),
})

const optionsOf = ({ name, windowSeconds }: CounterOptions) => ({
  keyPrefix: `tenantry:${name}`,
  points: UNLIMITED,
  duration: windowSeconds,
})

const NOTHING: Count = { events: 0, resetMs: 0 }

const counterOn = (limiter: RateLimiterAbstract): Counter => ({
  add: async (key) => countOf(await limiter.consume(key)),
  look: async (key) => {
    const found = await limiter.get(key)
    return found === null ? NOTHING : countOf(found)
  },
  remove: (key) => void limiter.reward(key).catch(() => {}),
})

export const createMemoryCounter = (options: CounterOptions): Counter =>
  counterOn(new RateLimiterMemory(optionsOf(options)))

/** After a failure of Redis, requests do not wait for it to fail again. */
const PAUSE_MS = 1000

/**
 * Counts in Redis, or in the process while Redis is unavailable. Logs one line when it becomes unavailable
 * and one when it is back.
 */
export const createRedisCounter = (redis: Redis, options: CounterOptions, log: Logger): Counter => {
  const RateLimiterRedis: Library['RateLimiterRedis'] = require('rate-limiter-flexible/lib/RateLimiterRedis')
  const shared = counterOn(
    new RateLimiterRedis({ ...optionsOf(options), storeClient: redis, rejectIfRedisNotReady: true }),
  )
  const own = createMemoryCounter(options)
  let isAway = false
  let pausedUntilMs = 0
  return {
    add: async (key, limit) => {
      if (isAway && Date.now() < pausedUntilMs) return own.add(key, limit)
      try {
        const count = await shared.add(key, limit)
        if (isAway) log.info({ counter: options.name }, 'Redis is back: rate limits are shared again')
        isAway = false
        return count
      } catch (error) {
        if (!isAway)
          log.warn(
            { counter: options.name, err: error },
            'Redis is unavailable: each gateway counts rate limits by itself',
          )
        isAway = true
        pausedUntilMs = Date.now() + PAUSE_MS
        return own.add(key, limit)
      }
    },
    look: async (key) => {
      const counted = await own.look(key)
      if (isAway) return counted
      const found = await shared.look(key).catch(() => counted)
      // Counts from the outage are not in Redis.
      return found.events < counted.events ? counted : found
    },
    remove: (key) => (isAway ? own : shared).remove(key),
  }
}
