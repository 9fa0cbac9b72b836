// Keeps the request path's connections alive. In: how many there may be; out: the lane that a workspace's next statement
// should take. Decided here: choice, opening with back-off, replacement by age and memory, spare lanes. What becomes of
// the requests of a lane that is lost is decided in pool.ts.
//
// A backend remembers every workspace it has touched, so a workspace has its own lane and leaves it only when that has a
// queue. A lane whose statement takes long gets no new company. Statements that are to be alone get idle lanes, those known
// to be slow the spare ones only: however many there are, the permanent ones stay for the quick.

import type pg from 'pg'
import type { Log } from '../log.ts'
import { type Failure, type Lane, openLane, type Request } from './connection.ts'
import type { Lag } from './eventLoopDelay.ts'
import { QUICK_MS } from './latency.ts'

export interface LaneSlotsOptions<R extends Request> {
  readonly connection: pg.ClientConfig
  readonly permanent: number
  readonly spare: number
  readonly maxPrepared: number
  readonly maxAgeMs: number
  readonly maxBackendBytes: number
  readonly sweepMs: number
  readonly log: Log
  readonly lag: Lag
  readonly onFailed: (request: R, failure: Failure) => void
  readonly onAnswered: (request: R, busyMs: number, hasSucceeded: boolean) => void
  /** @param openedMs when the connection was opened */
  readonly onLost: (cause: Error, openedMs: number, sent: readonly R[], unsent: readonly R[]) => void
  /** A statement takes long: what waits behind it for other workspaces. Told again and again, until it ends. */
  readonly onLong: (request: R, busyMs: number, behind: readonly R[]) => void
  /** A lane has nothing to do. */
  readonly onFree: () => void
}

export interface LaneSlots<R extends Request> {
  /** null: none is open, or all are held up by long statements. */
  choose(workspace: string): Lane<R> | null
  /** A lane that has nothing to do; null: none. `most`: all but the last of the permanent ones. */
  chooseIdle(workspace: string, from: 'all' | 'most' | 'spare'): Lane<R> | null
  /** Opens one more lane, if all permanent ones stand and there may be one more. */
  grow(): void
  lastConnectError(): Error | undefined
  stats(): { open: number; inFlight: number; prepared: number; lost: number; recycled: number }
  close(): Promise<void>
}

/** A place for a lane. The first are permanent; the spare ones come and go. */
interface Slot<R extends Request> {
  lane: Lane<R> | null
  isOpening: boolean
  failures: number
}

/** Queue at its own lane beyond which a workspace goes to the least busy one. */
const OVERFLOW_DEPTH = 4
const SPARE_IDLE_MS = 30_000
/** Postgres ends a statement at its timeout; when nothing is heard for this much longer, the connection is dead. */
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

export const createLaneSlots = <R extends Request>(options: LaneSlotsOptions<R>): LaneSlots<R> => {
  const { log, lag, permanent } = options
  const slots: Slot<R>[] = Array.from({ length: permanent + options.spare }, () => ({
    lane: null,
    isOpening: false,
    failures: 0,
  }))
  // Every lane that is not gone yet, those that finish their last requests included.
  const all = new Set<Lane<R>>()
  let isClosed = false
  let allGone: (() => void) | null = null
  let lastError: Error | undefined
  const counts = { lost: 0, recycled: 0 }

  const connect = (slot: Slot<R>): Promise<Lane<R>> => {
    const opened = openLane<R>({
      connection: options.connection,
      maxPrepared: options.maxPrepared,
      onFailed: (lane, request, failure) => {
        // Some function has deallocated the lane's own statements: nothing can run on it any more.
        if (failure.isLaneUnfit && slot.lane === lane) {
          slot.lane = null
          lane.drain()
          void open(slot)
        }
        options.onFailed(request, failure)
      },
      onAnswered: options.onAnswered,
      onFree: options.onFree,
      onClosed: (lane, cause, sent, unsent) => {
        all.delete(lane)
        if (slot.lane === lane) {
          slot.lane = null
          counts.lost++
          log.warn({ err: cause, inFlight: sent.length + unsent.length }, 'lost a connection to Postgres')
          if (slots.indexOf(slot) < permanent) void open(slot)
        }
        options.onLost(cause, lane.openedMs, sent, unsent)
        if (all.size === 0) allGone?.()
      },
    })
    return opened.then((lane) => {
      all.add(lane)
      return lane
    })
  }

  const open = async (slot: Slot<R>): Promise<void> => {
    if (slot.isOpening || slot.lane !== null || isClosed) return
    slot.isOpening = true
    try {
      const lane = await connect(slot)
      slot.failures = 0
      lastError = undefined
      if (isClosed) lane.drain()
      else slot.lane = lane
    } catch (error) {
      lastError = error instanceof Error ? error : new Error(String(error))
      const delayMs = Math.min(FIRST_RETRY_MS * 2 ** slot.failures, LONGEST_RETRY_MS) * (0.5 + Math.random())
      if (slot.failures === 0) log.warn({ err: error }, 'cannot connect to Postgres; trying again')
      slot.failures++
      if (slots.indexOf(slot) < permanent) setTimeout(() => void open(slot), delayMs).unref()
    } finally {
      slot.isOpening = false
    }
    if (slot.lane !== null) options.onFree()
  }

  /** Opens the successor first, so that the slot is never empty. */
  const replace = async (slot: Slot<R>, old: Lane<R>): Promise<void> => {
    if (slot.isOpening || isClosed) return
    slot.isOpening = true
    try {
      const lane = await connect(slot)
      // The old one may have been lost meanwhile, and the slot stand empty; it is filled all the same.
      slot.lane = lane
      counts.recycled++
      if (isClosed) lane.drain()
    } catch (error) {
      log.warn({ err: error }, 'cannot replace a connection to Postgres; keeping the old one')
    } finally {
      slot.isOpening = false
    }
    if (slot.lane === null) void open(slot)
    else if (slot.lane !== old) old.drain()
    options.onFree()
  }

  const sweep = (): void => {
    const now = performance.now()
    for (const lane of all) {
      if (now - lane.busySinceMs() > lane.patienceMs() + SILENCE_MS) {
        lane.destroy(new Error('Postgres does not answer.'))
      }
    }
    for (const [index, slot] of slots.entries()) {
      const { lane } = slot
      if (lane === null) continue
      const isSpent = now - lane.openedMs > options.maxAgeMs || lane.backendBytes() > options.maxBackendBytes
      if (index >= permanent) {
        if (!isSpent && now - lane.freeSinceMs() < SPARE_IDLE_MS) continue
        slot.lane = null
        lane.drain()
      } else if (isSpent) {
        // One at a time, so that never all lanes start with a cold backend at once.
        void replace(slot, lane)
        break
      }
    }
  }
  const sweeping = setInterval(sweep, options.sweepMs)
  sweeping.unref()

  const lookForLong = (): void => {
    lag.tick()
    const now = performance.now()
    const quickMs = QUICK_MS + lag.allowanceMs()
    for (const lane of all) {
      const [first, ...behind] = lane.requests()
      const busyMs = now - lane.busySinceMs()
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
      const longSinceMs = performance.now() - QUICK_MS - lag.allowanceMs()
      const isOpen = (lane: Lane<R>): boolean => lane.busySinceMs() > longSinceMs && !lane.isTaken()
      const own = slots[hash(workspace) % permanent]?.lane
      if (own && own.inFlight() < OVERFLOW_DEPTH && isOpen(own)) return own
      let best: Lane<R> | null = null
      for (const [index, { lane }] of slots.entries()) {
        // The spare ones are for what the permanent ones cannot take.
        if (index === permanent && best !== null) break
        if (lane === null || !isOpen(lane)) continue
        if (best === null || lane.inFlight() < best.inFlight()) best = lane
      }
      return best
    },
    chooseIdle: (workspace, from) => {
      const isIdle = (lane: Lane<R> | null | undefined): lane is Lane<R> => lane?.inFlight() === 0
      const lanes = slots.map(({ lane }) => lane)
      const spare = lanes.slice(permanent).find(isIdle) ?? null
      if (from === 'spare') return spare
      const untaken = lanes.slice(0, permanent).filter((lane) => lane !== null && !lane.isTaken())
      if (from === 'most' && untaken.length < 2) return spare
      const own = lanes[hash(workspace) % permanent]
      return isIdle(own) ? own : (untaken.find(isIdle) ?? spare)
    },
    grow: () => {
      // While Postgres is away the permanent ones ask for it, at their own pace; more of them would not help.
      if (slots.slice(0, permanent).some(({ lane }) => lane === null)) return
      const slot = slots.find((each) => each.lane === null && !each.isOpening)
      if (slot !== undefined) void open(slot)
    },
    lastConnectError: () => lastError,
    stats: () => {
      const sum = (of: (lane: Lane<R>) => number): number =>
        [...all].reduce((total, lane) => total + of(lane), 0)
      return {
        open: all.size,
        inFlight: sum((lane) => lane.inFlight()),
        prepared: sum((lane) => lane.prepared()),
        ...counts,
      }
    },
    close: async () => {
      isClosed = true
      clearInterval(sweeping)
      clearInterval(looking)
      for (const slot of slots) slot.lane = null
      for (const lane of all) lane.drain()
      if (all.size === 0) return
      const tooLong = setTimeout(() => {
        for (const lane of all) lane.destroy(new Error('The gateway is stopping.'))
      }, DRAIN_WITHIN_MS)
      await new Promise<void>((resolve) => {
        allGone = resolve
      })
      clearTimeout(tooLong)
    },
  }
}
