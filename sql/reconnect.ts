// Retries while Postgres is unreachable: after a restart, a crash of a backend (which resets the server), a
// failover or a network failure. Rejects with the last error when the time is up.

import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { OwnerBusy } from './owner/busy.ts'
import type { Servers } from './servers/servers.ts'

/** A crash with recovery of a small cluster takes one to five seconds. */
export const RECONNECT_WITHIN_MS = 10_000
const FIRST_DELAY_MS = 25
const LONGEST_DELAY_MS = 250

/** The server is down or unreachable. */
const SOCKET_ERRORS = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
]
/**
 * admin_shutdown, crash_shutdown, cannot_connect_now (starting up, in recovery, shutting down), and class 08.
 */
const SQLSTATES = /^(?:57P0[123]|08...)$/
/** The driver gives these no code. */
const MESSAGES = /^Connection terminated|^Client has encountered a connection error/

/** Whether the connection broke or could not be made, so that the same work may succeed on another one. */
export const isConnectionLost = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return SOCKET_ERRORS.includes(code) || SQLSTATES.test(code) || MESSAGES.test(error.message)
}

/** A wait that has begun. What it repeats may wait itself, for a connection: both together wait once. */
interface Wait {
  readonly sinceMs: number
  isOver: boolean
}

const waits = new AsyncLocalStorage<Wait>()

/**
 * Repeats work whose connection was lost. The work must have no effect when it fails: reads, or opening a
 * connection. Within another call, the time counts from when that one began.
 */
export const untilReconnected = async <T>(
  work: (untilMs: number) => Promise<T>,
  withinMs = RECONNECT_WITHIN_MS,
): Promise<T> => {
  const outer = waits.getStore()
  const wait: Wait =
    outer === undefined || outer.isOver ? { sinceMs: performance.now(), isOver: false } : outer
  const untilMs = wait.sinceMs + withinMs
  const attempt = wait === outer ? work : (): Promise<T> => waits.run(wait, () => work(untilMs))
  try {
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      try {
        return await attempt(untilMs)
      } catch (error) {
        if (wait.isOver || !isConnectionLost(error)) throw error
        if (performance.now() + delayMs > untilMs) {
          wait.isOver = true
          throw error
        }
        await sleep(delayMs)
      }
    }
  } finally {
    if (wait !== outer) wait.isOver = true
  }
}

const silent = (): Error =>
  Object.assign(new Error('Postgres did not answer in time.'), { code: 'ETIMEDOUT' })

const allInUse = ({ options }: pg.Pool): Error =>
  new OwnerBusy(`All ${options.max} connections of the owner were in use.`)

/** The driver's error for a caller that waited for another one's connection. */
const WAITED_IN_VAIN = 'timeout exceeded when trying to connect'

/** The client; late ones go back to the pool. @param lateError called when the time is up */
const connectedBy = async (
  connecting: Promise<pg.PoolClient>,
  untilMs: number,
  lateError: () => Error,
): Promise<pg.PoolClient> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(lateError()), untilMs - performance.now())
  try {
    return await Promise.race([connecting, late.promise])
  } catch (error) {
    connecting.then(
      (client) => client.release(),
      () => undefined,
    )
    throw error
  } finally {
    clearTimeout(timer)
  }
}

type Connected = (
  error: Error | undefined,
  client?: pg.PoolClient,
  release?: pg.PoolClient['release'],
) => void

/** Replaces how a pool gives out its connections, to promises and callbacks alike. */
export const overrideConnect = (pool: pg.Pool, connect: () => Promise<pg.PoolClient>): pg.Pool => {
  const connectEither = (callback?: Connected): Promise<pg.PoolClient> | undefined => {
    const connected = connect()
    if (callback === undefined) return connected
    connected.then(
      (client) => callback(undefined, client, client.release),
      (error: Error) => callback(error),
    )
    return undefined
  }
  return Object.assign(pool, { connect: connectEither })
}

/**
 * Chooses the server of a pool's connections, and waits for it whenever the pool needs a new one. Nothing
 * has been sent yet, so writes can wait like reads. A server that was never reachable is reported at once.
 */
export const makePatient = (
  pool: pg.Pool,
  { locate, doubt }: Pick<Servers, 'locate' | 'doubt'>,
  waitMs = RECONNECT_WITHIN_MS,
): pg.Pool => {
  const begin = pool.connect.bind(pool)
  const connected = new Set<pg.PoolClient>()
  pool.on('connect', (client) => connected.add(client))
  pool.on('remove', (client) => connected.delete(client))
  const connect = async (): Promise<pg.PoolClient> => {
    // For the connections that the pool opens from here on.
    pool.options.connectionString = await locate()
    try {
      return await begin()
    } catch (error) {
      if (error instanceof Error && error.message === WAITED_IN_VAIN) throw allInUse(pool)
      doubt()
      throw error
    }
  }
  let wasConnected = false
  pool.once('connect', () => {
    wasConnected = true
  })
  // Open connections of a silent server are broken earlier (servers/silence.ts).
  const lateError = (): Error => (connected.size < pool.options.max ? silent() : allInUse(pool))
  return overrideConnect(pool, () =>
    wasConnected
      ? untilReconnected((untilMs) => connectedBy(connect(), untilMs, lateError), waitMs)
      : connect(),
  )
}
