// Keeps the request path's connections alive. In: how many there may be; out: the connection that a
// workspace's next statement should take. Decided here: choice, opening with back-off, replacement by age and
// memory, spare connections. What becomes of the requests of a connection that is lost is decided in pool.ts.
//
// A backend remembers every workspace it has touched, so a workspace has its own connection and leaves it
// only when that has a queue. A connection whose statement takes long gets no new company. Statements that
// are to be alone get idle connections, those known to be slow the spare ones only: however many there are,
// the permanent ones stay for the quick.

import type pg from 'pg'
import type { Log } from '../log.ts'
import { type Failure, openConnection, type PipelinedConnection, type Request } from './connection.ts'
import type { EventLoopDelay } from './eventLoopDelay.ts'
import { QUICK_MS } from './latency.ts'

export interface PoolSlotsOptions<R extends Request> {
  readonly login: pg.ClientConfig
  readonly permanent: number
  readonly spare: number
  readonly maxPrepared: number
  readonly maxAgeMs: number
  readonly maxBackendBytes: number
  readonly sweepMs: number
  readonly log: Log
  readonly eventLoopDelay: EventLoopDelay
  readonly onFailed: (request: R, failure: Failure) => void
  readonly onAnswered: (request: R, busyMs: number, hasSucceeded: boolean) => void
  /** @param openedMs when the connection was opened */
  readonly onLost: (cause: Error, openedMs: number, sent: readonly R[], unsent: readonly R[]) => void
  /**
   * A statement takes long: what waits behind it for other workspaces. Told again and again, until it ends.
   */
  readonly onLong: (request: R, busyMs: number, behind: readonly R[]) => void
  /** A connection has nothing to do. */
  readonly onFree: () => void
}

export interface PoolSlots<R extends Request> {
  /** null: none is open, or all are held up by long statements. */
  choose(workspace: string): PipelinedConnection<R> | null
  /** A connection that has nothing to do; null: none. `most`: all but the last of the permanent ones. */
  chooseIdle(workspace: string, from: 'all' | 'most' | 'spare'): PipelinedConnection<R> | null
  /** Opens one more connection, if all permanent ones stand and there may be one more. */
  grow(): void
  lastConnectError(): Error | undefined
  stats(): { open: number; inFlight: number; prepared: number; lost: number; recycled: number }
  close(): Promise<void>
}

/** A place for a connection. The first are permanent; the spare ones come and go. */
interface Slot<R extends Request> {
  connection: PipelinedConnection<R> | null
  isOpening: boolean
  failures: number
}

/** Queue at its own connection beyond which a workspace goes to the least busy one. */
const OVERFLOW_DEPTH = 4
const SPARE_IDLE_MS = 30_000
/**
 * Postgres ends a statement at its timeout; when nothing is heard for this much longer, the connection is
 * dead.
 */
const SILENCE_MS = 10_000
const FIRST_RETRY_MS = 50
/** Requests wait meanwhile. */
const LONGEST_RETRY_MS = 500
const DRAIN_WITHIN_MS = 10_000

/** FNV-1a, 32 bits. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}

export const createPoolSlots = <R extends Request>(options: PoolSlotsOptions<R>): PoolSlots<R> => {
  const { log, eventLoopDelay, permanent } = options
  const slots: Slot<R>[] = Array.from({ length: permanent + options.spare }, () => ({
    connection: null,
    isOpening: false,
    failures: 0,
  }))
  // Every connection that is not gone yet, those that finish their last requests included.
  const all = new Set<PipelinedConnection<R>>()
  let isClosed = false
  let allGone: (() => void) | null = null
  let lastError: Error | undefined
  const counts = { lost: 0, recycled: 0 }

  const connect = (slot: Slot<R>): Promise<PipelinedConnection<R>> => {
    const opened = openConnection<R>({
      login: options.login,
      maxPrepared: options.maxPrepared,
      onFailed: (connection, request, failure) => {
        // Some function has deallocated the connection's own statements: nothing can run on it any more.
        if (failure.isConnectionUnfit && slot.connection === connection) {
          slot.connection = null
          connection.drain()
          void open(slot)
        }
        options.onFailed(request, failure)
      },
      onAnswered: options.onAnswered,
      onFree: options.onFree,
      onClosed: (connection, cause, sent, unsent) => {
        all.delete(connection)
        if (slot.connection === connection) {
          slot.connection = null
          counts.lost++
          log.warn({ err: cause, inFlight: sent.length + unsent.length }, 'lost a connection to Postgres')
          if (slots.indexOf(slot) < permanent) void open(slot)
        }
        options.onLost(cause, connection.openedMs, sent, unsent)
        if (all.size === 0) allGone?.()
      },
    })
    return opened.then((connection) => {
      all.add(connection)
      return connection
    })
  }

  const open = async (slot: Slot<R>): Promise<void> => {
    if (slot.isOpening || slot.connection !== null || isClosed) return
    slot.isOpening = true
    try {
      const connection = await connect(slot)
      slot.failures = 0
      lastError = undefined
      if (isClosed) connection.drain()
      else slot.connection = connection
    } catch (error) {
      lastError = error instanceof Error ? error : new Error(String(error))
      const delayMs = Math.min(FIRST_RETRY_MS * 2 ** slot.failures, LONGEST_RETRY_MS) * (0.5 + Math.random())
      if (slot.failures === 0) log.warn({ err: error }, 'cannot connect to Postgres; trying again')
      slot.failures++
      if (slots.indexOf(slot) < permanent) setTimeout(() => void open(slot), delayMs).unref()
    } finally {
      slot.isOpening = false
    }
    if (slot.connection !== null) options.onFree()
  }

  /** Opens the successor first, so that the slot is never empty. */
  const replace = async (slot: Slot<R>, old: PipelinedConnection<R>): Promise<void> => {
    if (slot.isOpening || isClosed) return
    slot.isOpening = true
    try {
      const connection = await connect(slot)
      // The old one may have been lost meanwhile, and the slot stand empty; it is filled all the same.
      slot.connection = connection
      counts.recycled++
      if (isClosed) connection.drain()
    } catch (error) {
      log.warn({ err: error }, 'cannot replace a connection to Postgres; keeping the old one')
    } finally {
      slot.isOpening = false
    }
    if (slot.connection === null) void open(slot)
    else if (slot.connection !== old) old.drain()
    options.onFree()
  }

  const sweep = (): void => {
    const now = performance.now()
    for (const connection of all) {
      if (now - connection.busySinceMs() > connection.patienceMs() + SILENCE_MS) {
        connection.destroy(new Error('Postgres is unreachable.'))
      }
    }
    for (const [index, slot] of slots.entries()) {
      const { connection } = slot
      if (connection === null) continue
      const isSpent =
        now - connection.openedMs > options.maxAgeMs || connection.backendBytes() > options.maxBackendBytes
      if (index >= permanent) {
        if (!isSpent && now - connection.freeSinceMs() < SPARE_IDLE_MS) continue
        slot.connection = null
        connection.drain()
      } else if (isSpent) {
        // One at a time, so that never all connections start with a cold backend at once.
        void replace(slot, connection)
        break
      }
    }
  }
  const sweeping = setInterval(sweep, options.sweepMs)
  sweeping.unref()

  const lookForLong = (): void => {
    eventLoopDelay.tick()
    const now = performance.now()
    const quickMs = QUICK_MS + eventLoopDelay.allowanceMs()
    for (const connection of all) {
      const [first, ...behind] = connection.requests()
      const busyMs = now - connection.busySinceMs()
      if (first === undefined || busyMs <= quickMs) continue
      const { workspace } = first.session
      options.onLong(
        first,
        busyMs,
        behind.filter(({ session }) => session.workspace !== workspace),
      )
    }
  }
  const looking = setInterval(lookForLong, QUICK_MS)
  looking.unref()

  for (const slot of slots.slice(0, permanent)) void open(slot)

  return {
    choose: (workspace) => {
      const longSinceMs = performance.now() - QUICK_MS - eventLoopDelay.allowanceMs()
      const isOpen = (connection: PipelinedConnection<R>): boolean =>
        connection.busySinceMs() > longSinceMs && !connection.isTaken()
      const own = slots[hash(workspace) % permanent]?.connection
      if (own && own.inFlight() < OVERFLOW_DEPTH && isOpen(own)) return own
      let best: PipelinedConnection<R> | null = null
      for (const [index, { connection }] of slots.entries()) {
        // The spare ones are for what the permanent ones cannot take.
        if (index === permanent && best !== null) break
        if (connection === null || !isOpen(connection)) continue
        if (best === null || connection.inFlight() < best.inFlight()) best = connection
      }
      return best
    },
    chooseIdle: (workspace, from) => {
      const isIdle = (
        connection: PipelinedConnection<R> | null | undefined,
      ): connection is PipelinedConnection<R> => connection?.inFlight() === 0
      const connections = slots.map(({ connection }) => connection)
      const spare = connections.slice(permanent).find(isIdle) ?? null
      if (from === 'spare') return spare
      const untaken = connections
        .slice(0, permanent)
        .filter((connection) => connection !== null && !connection.isTaken())
      if (from === 'most' && untaken.length < 2) return spare
      const own = connections[hash(workspace) % permanent]
      return isIdle(own) ? own : (untaken.find(isIdle) ?? spare)
    },
    grow: () => {
      // While Postgres is away the permanent ones ask for it, at their own pace; more of them would not help.
      if (slots.slice(0, permanent).some(({ connection }) => connection === null)) return
      const slot = slots.find((each) => each.connection === null && !each.isOpening)
      if (slot !== undefined) void open(slot)
    },
    lastConnectError: () => lastError,
    stats: () => {
      const sum = (of: (connection: PipelinedConnection<R>) => number): number =>
        [...all].reduce((total, connection) => total + of(connection), 0)
      return {
        open: all.size,
        inFlight: sum((connection) => connection.inFlight()),
        prepared: sum((connection) => connection.prepared()),
        ...counts,
      }
    },
    close: async () => {
      isClosed = true
      clearInterval(sweeping)
      clearInterval(looking)
      for (const slot of slots) slot.connection = null
      for (const connection of all) connection.drain()
      if (all.size === 0) return
      const tooLong = setTimeout(() => {
        for (const connection of all) connection.destroy(new Error('The gateway is stopping.'))
      }, DRAIN_WITHIN_MS)
      await new Promise<void>((resolve) => {
        allGone = resolve
      })
      clearTimeout(tooLong)
    },
  }
}
