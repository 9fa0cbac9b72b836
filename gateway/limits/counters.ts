// Counters in Redis if configured, else in memory. ioredis is loaded only if REDIS_URL is set.

import type { Logger } from 'pino'
import { type Counter, createMemoryCounter, createRedisCounter } from './counter.ts'

export interface Counters {
  readonly create: (name: string, windowSeconds: number) => Counter
  readonly close: () => void
}

export const openCounters = async (redisUrl: string | null, log: Logger): Promise<Counters> => {
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
