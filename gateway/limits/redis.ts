// A connection to Redis that never blocks a request: commands fail at once while it is not connected, time
// out quickly, and the client reconnects by itself as long as it lives. counter.ts handles the failures.

import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import type { Logger } from 'pino'

const COMMAND_TIMEOUT_MS = 100
const CONNECT_TIMEOUT_MS = 2000
const MAX_RECONNECT_DELAY_MS = 1000

/** Files for TLS in the URL of rediss://, with the names that a URL of Postgres has for them. */
const TLS_FILES = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const

/** The URL without the names of files, and what is in the files. The server is always verified. */
const readTls = (given: string) => {
  const url = new URL(given)
  const tls: Record<string, string> = {}
  for (const [parameter, option] of Object.entries(TLS_FILES)) {
    const path = url.searchParams.get(parameter)
    if (path === null) continue
    if (url.protocol !== 'rediss:') throw new Error(`REDIS_URL has ${parameter}, which requires rediss://.`)
    tls[option] = readFileSync(path, 'utf8')
    url.searchParams.delete(parameter)
  }
  return { address: url.href, ...(url.protocol === 'rediss:' ? { options: { tls } } : { options: {} }) }
}

/**
 * Connects in the background; an unavailable Redis does not keep the gateway from starting.
 * @param commandTimeoutMs for tests, where a busy machine must not look like an unavailable Redis
 */
export const connectRedis = (url: string, log: Logger, commandTimeoutMs = COMMAND_TIMEOUT_MS): Redis => {
  const { address, options } = readTls(url)
  const redis = new Redis(address, {
    ...options,
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
