// A connection to Redis that no request ever hangs on. In: a URL; out: a client that fails at once while it
// is not connected, gives up on a slow answer, and reconnects by itself for as long as it lives. Not decided
// here: what to do without it (counter.ts).

import { Redis } from 'ioredis'
import type { Logger } from 'pino'

const COMMAND_TIMEOUT_MS = 100
const CONNECT_TIMEOUT_MS = 2000
const MAX_RECONNECT_DELAY_MS = 1000

/**
 * Connects in the background; a Redis that is not there yet does not keep the gateway from starting.
 * @param commandTimeoutMs for tests that must not take a busy machine for a Redis that is away
 */
export const connectRedis = (url: string, log: Logger, commandTimeoutMs = COMMAND_TIMEOUT_MS): Redis => {
  const redis = new Redis(url, {
    connectionName: 'tenantry',
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Counters of one request leave in one write.
    enableAutoPipelining: true,
    retryStrategy: (attempt) => Math.min(50 * attempt, MAX_RECONNECT_DELAY_MS),
  })
  // Every failed attempt is an event; the counters log the change of state once.
  redis.on('error', (error: Error) => log.debug({ err: error }, 'Redis'))
  return redis
}
