// The connections of the pool: which are open, and what happens when one is lost. slot.ts fills slots,
// choice.ts chooses a connection, sweep.ts retires connections. pool.ts decides about the requests of a lost
// connection.

import type { Log } from '../log.ts'
import { watchSilence } from '../servers/silence.ts'
import { type Choice, createChoice } from './choice.ts'
import type { Login } from './connect.ts'
import { openConnection, type PipelinedConnection } from './connection.ts'
import { createDeparture } from './departure.ts'
import type { Failure } from './failure.ts'
import { createStalls, type EventLoopDelay, QUICK_MS } from './latency.ts'
import { createSlotFiller, emptySlots, type Slot, type SlotFiller } from './slot.ts'
import type { StatementOutcome, StatementRequest } from './statementRequest.ts'
import { createSweeper, type Retired, reportLong, type Sweeper } from './sweep.ts'

/** What a connection reports about its requests. */
export interface RequestEvents<R extends StatementRequest> {
  readonly onFailed: (request: R, failure: Failure) => void
  readonly onAnswered: (request: R, outcome: StatementOutcome) => void
  /** @param openedMs when the connection was opened */
  readonly onLost: (cause: Error, openedMs: number, sent: readonly R[], unsent: readonly R[]) => void
  /** A statement runs long: the requests of other workspaces behind it. Repeated until it ends. */
  readonly onLong: (request: R, busyMs: number, behind: readonly R[]) => void
  /** A statement takes much longer than usual. Sends up to `most` of the requests behind it again. */
  readonly onStalled: (behind: readonly R[], most: number) => number
  /** A connection is idle. */
  readonly onFree: () => void
}

interface PoolSlotsOptions<R extends StatementRequest> {
  readonly login: Login
  readonly permanent: number
  /**
   * Further shared ones, opened when the others hold as many workspaces as they have room for, or when small
   * writes wait.
   */
  readonly further: number
  readonly spare: number
  readonly maxPrepared: number
  readonly maxAgeMs: number
  readonly maxBackendBytes: number
  readonly sweepMs: number
  /** How long a request may wait for an answer from a server that has gone silent. */
  readonly waitMs: number
  readonly log: Log
  readonly eventLoopDelay: EventLoopDelay
  /** How long Postgres usually takes for a text; Infinity: unknown. */
  readonly usualMs: (textId: number) => number
  readonly events: RequestEvents<R>
}

interface Running<R extends StatementRequest> {
  readonly pid: number
  readonly request: R
}

interface SlotStats extends Retired {
  readonly open: number
  /** Of the open ones. */
  readonly busy: number
  readonly inFlight: number
  readonly prepared: number
  readonly lost: number
  readonly recycled: number
}

export interface PoolSlots<R extends StatementRequest> extends Choice<R> {
  /** A statement was answered: others may wait behind a stalled one. */
  noteAnswer(): void
  /** When a statement was answered last, or the start, by performance.now(). */
  answeredMs(): number
  /** Opens one more connection, if all permanent ones are open and there may be one more. */
  grow(): void
  lastConnectError(): Error | undefined
  /** Since the last connection was lost, or since the start; 0 while one is open. */
  unconnectedMs(): number
  /** The request that each backend works on. */
  running(): readonly Running<R>[]
  stats(): SlotStats
  close(): Promise<void>
}

const DRAIN_WITHIN_MS = 10_000
/** Every connection that is not closed yet, including ones that are draining. */
interface OpenConnections<R extends StatementRequest> {
  readonly all: Set<PipelinedConnection<R>>
  lost: number
  /** When the last one closed, or the start. */
  noneSinceMs: number
  onNone: (() => void) | null
}

const noConnections = <R extends StatementRequest>(): OpenConnections<R> => ({
  all: new Set(),
  lost: 0,
  noneSinceMs: performance.now(),
  onNone: null,
})

const unconnectedMs = <R extends StatementRequest>({ all, noneSinceMs }: OpenConnections<R>): number =>
  all.size > 0 ? 0 : performance.now() - noneSinceMs

/**
 * Opens a connection for a slot.
 * @param refill fills the slot after the connection is lost
 * @param check is called when its backend has grown
 * @param onDemoted is called when its server takes no writes any more
 */
const connectSlot = async <R extends StatementRequest>(
  { login, maxPrepared, maxBackendBytes, log, events }: PoolSlotsOptions<R>,
  open: OpenConnections<R>,
  slot: Slot<R>,
  refill: (slot: Slot<R>) => void,
  check: (connection: PipelinedConnection<R> | null) => void,
  onDemoted: () => void,
): Promise<PipelinedConnection<R>> => {
  const opened = await openConnection<R>({
    login,
    maxPrepared,
    maxBackendBytes,
    onFailed: (connection, request, failure) => {
      // Some function has deallocated the connection's own statements: nothing can run on it any more.
      if (failure.isConnectionUnfit && slot.connection === connection) {
        slot.connection = null
        connection.drain()
        refill(slot)
      }
      if (failure.isDemoted) onDemoted()
      events.onFailed(request, failure)
    },
    onAnswered: events.onAnswered,
    onGrown: () => check(slot.connection),
    onFree: events.onFree,
    onClosed: (connection, cause, sent, unsent) => {
      open.all.delete(connection)
      if (slot.connection === connection) {
        slot.connection = null
        open.lost++
        log.warn({ err: cause, inFlight: sent.length + unsent.length }, 'lost a connection to Postgres')
        login.servers?.doubt()
        if (slot.isPermanent) refill(slot)
      }
      events.onLost(cause, connection.openedMs, sent, unsent)
      if (open.all.size === 0) {
        open.noneSinceMs = performance.now()
        open.onNone?.()
      }
    },
  })
  open.all.add(opened)
  return opened
}

const runningOn = <R extends StatementRequest>({ all }: OpenConnections<R>): readonly Running<R>[] =>
  [...all].flatMap(({ pid, requests }) => {
    const [request] = requests()
    return request === undefined || pid === null ? [] : [{ pid, request }]
  })

const drainAll = async <R extends StatementRequest>(open: OpenConnections<R>): Promise<void> => {
  for (const connection of open.all) connection.drain()
  if (open.all.size === 0) return
  const tooLong = setTimeout(() => {
    for (const connection of open.all) connection.destroy(new Error('The gateway is stopping.'))
  }, DRAIN_WITHIN_MS)
  await new Promise<void>((resolve) => {
    open.onNone = resolve
  })
  clearTimeout(tooLong)
}

const statsOf = <R extends StatementRequest>(
  { all, lost }: OpenConnections<R>,
  { age, memory }: Retired,
): SlotStats => {
  const sum = (of: (connection: PipelinedConnection<R>) => number): number =>
    [...all].reduce((total, connection) => total + of(connection), 0)
  return {
    open: all.size,
    busy: sum((connection) => (connection.inFlight() > 0 ? 1 : 0)),
    inFlight: sum((connection) => connection.inFlight()),
    prepared: sum((connection) => connection.prepared()),
    lost,
    recycled: age + memory,
    age,
    memory,
  }
}

/** Breaks the connections to a server that answers on none of them. */
const leaveSilent = <R extends StatementRequest>(
  { login: { servers }, waitMs, log }: PoolSlotsOptions<R>,
  { all }: OpenConnections<R>,
  isClosed: () => boolean,
): void => {
  if (servers === undefined) return
  const connections = () =>
    [...all].map(({ bytesRead, inFlight, destroy }) => ({
      bytesRead,
      isWaiting: () => inFlight() > 0,
      destroy,
    }))
  watchSilence({ connections, url: servers.current, waitMs, isOver: () => isClosed() && all.size === 0, log })
}

const every = (ms: number, work: () => void): NodeJS.Timeout => setInterval(work, ms).unref()

export const createPoolSlots = <R extends StatementRequest>(options: PoolSlotsOptions<R>): PoolSlots<R> => {
  const { log, eventLoopDelay, permanent, events, usualMs } = options
  const shared = permanent + options.further
  const slots = emptySlots<R>(permanent, options.further + options.spare)
  const further = slots.slice(permanent, shared)
  const open: OpenConnections<R> = noConnections()
  const stalls = createStalls<R>({ open: open.all, usualMs, onStalled: events.onStalled })
  let isClosed = false
  const refill = (slot: Slot<R>): void => void filler.open(slot)
  const filler: SlotFiller<R> = createSlotFiller<R>({
    connect: (slot) => connectSlot(options, open, slot, refill, sweeper.check, leave),
    isClosed: () => isClosed,
    onFree: events.onFree,
    log,
  })
  const leave = createDeparture<R>({ servers: options.login.servers, slots, open: open.all, refill })
  const sweeper: Sweeper<R> = createSweeper<R>({ ...options, slots, open: open.all, replace: filler.replace })
  const look = (): void => {
    eventLoopDelay.tick()
    stalls.look()
    reportLong(open.all, QUICK_MS + eventLoopDelay.allowanceMs(), events.onLong)
  }
  const timers = [every(options.sweepMs, sweeper.sweep), every(QUICK_MS, look)]
  leaveSilent(options, open, () => isClosed)
  slots.slice(0, permanent).forEach(refill)
  /** One at a time. */
  const widen = (): void => {
    const slot = further.find(({ connection }) => connection === null)
    if (slot !== undefined && !further.some(({ isOpening }) => isOpening)) refill(slot)
  }

  return {
    ...createChoice({
      slots,
      permanent,
      shared,
      eventLoopDelay,
      isStalled: stalls.has,
      onCrowded: widen,
      onWriteWaits: widen,
    }),
    grow: () => {
      // While Postgres is unreachable the permanent ones retry at their own pace; more would not help.
      if (slots.slice(0, permanent).some(({ connection }) => connection === null)) return
      const slot = slots.slice(shared).find((each) => each.connection === null && !each.isOpening)
      if (slot !== undefined) void filler.open(slot)
    },
    ...{ noteAnswer: stalls.answered, answeredMs: stalls.answeredMs },
    lastConnectError: filler.lastError,
    unconnectedMs: () => unconnectedMs(open),
    running: () => runningOn(open),
    stats: () => statsOf(open, sweeper.retired()),
    close: async () => {
      isClosed = true
      for (const timer of timers) clearInterval(timer)
      for (const slot of slots) slot.connection = null
      await drainAll(open)
    },
  }
}
