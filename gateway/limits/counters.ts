// Counters in Redis if configured, else in memory. ioredis is loaded only if REDIS_URL is set.

import type { Logger } from 'pino'
import { type Counter, createMemoryCounter, createRedisCounter } from './counter.ts'

export interface Counters {
  readonly create: (name: string, windowSeconds: number) => Counter
  readonly close: () => void
}

/** @param shared by the processes of one machine, where Redis is not */
export const openCounters = async (
  redisUrl: string | null,
  log: Logger,
  shared?: Counters,
): Promise<Counters> => {
  if (redisUrl === null && shared !== undefined) return shared
  if (redisUrl === null)
    return {
      create: (name, windowSeconds) => createMemoryCounter({ name, windowSeconds }),
      close: () => {},
    }
  const { connectRedis } = await import('./redis.ts')
  const redis = connectRedis(redisUrl, log)
  return {
    create: (name, windowSeconds) => createRedisCounter(redis, { name, windowSeconds }, log),
    close: () => redis.disconnect(),
  }
}
