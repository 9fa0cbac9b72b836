// Counts requests by workspace, rate-limit subject and route. A count only touches memory; every few seconds
// one statement writes them all, less often where there are thousands. Counts that cannot be written are kept
// for the next time, up to a bound.
//
// Latency is a histogram whose steps grow by about a half; percentiles are exact to their step. The steps are
// stored (tenantry.usage.latencies): only append to them.

import type { UsageRow } from '../../tenants/usage.ts'
import type { Middleware } from '../http/context.ts'

const BOUNDS_MS = [
  1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000,
  7_000, 10_000, 15_000, 30_000,
] as const

/** One step per bound, and one above them all. */
export const STEPS = BOUNDS_MS.length + 1

export const stepOf = (ms: number): number => {
  let step = 0
  while (step < BOUNDS_MS.length && ms > (BOUNDS_MS[step] ?? 0)) step += 1
  return step
}

/**
 * The time within which this share of the requests was answered, in milliseconds: interpolated linearly
 * within its step.
 * @param share from 0 to 1.
 */
export const percentileMs = (counts: readonly number[], share: number): number => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let below = 0
  for (const [step, count] of counts.entries()) {
    if (count > 0 && below + count >= total * share) {
      const from = BOUNDS_MS[step - 1] ?? 0
      const to = BOUNDS_MS[step] ?? from
      return from + ((to - from) * (total * share - below)) / count
    }
    below += count
  }
  return 0
}

export interface Measurement {
  readonly workspaceId: string
  readonly callerId: string
  readonly route: string
  readonly status: number
  readonly ms: number
}

export interface Meter {
  readonly note: (measurement: Measurement) => void
  /** Writes pending counts; never rejects. */
  readonly flush: () => Promise<void>
  /** Writes them a last time. */
  readonly close: () => Promise<void>
}

interface MeterOptions {
  readonly write: (rows: readonly UsageRow[]) => Promise<void>
  readonly onError: (error: unknown) => void
  /** Called for every request, too. */
  readonly onRequest?: (measurement: Measurement) => void
}

/** So many are written at once. */
const MANY_ROWS = 10_000
/** Subjects and routes together; beyond it, while Postgres is unavailable, requests are not counted. */
const MAX_ROWS = 20_000

interface Counts {
  requests: number
  refused: number
  failed: number
  totalMs: number
  readonly latencies: number[]
}

interface Caller {
  readonly workspaceId: string
  readonly routes: Map<string, Counts>
}

const zero = (): Counts => ({
  requests: 0,
  refused: 0,
  failed: 0,
  totalMs: 0,
  latencies: Array<number>(STEPS).fill(0),
})

interface Tally {
  /** Counts a request, unless there are too many rows. */
  add(measurement: Measurement): void
  /** Number of rows. */
  size(): number
  /** Takes all rows out. */
  take(): readonly UsageRow[]
  /** Adds a row again that could not be written. */
  putBack(row: UsageRow): void
}

const TOO_MANY_REQUESTS = 429
const FIRST_FAILURE = 400

const createTally = (): Tally => {
  let callers = new Map<string, Caller>()
  let rows = 0

  const countsOf = (workspaceId: string, callerId: string, route: string): Counts | null => {
    let caller = callers.get(callerId)
    const known = caller?.routes.get(route)
    if (known !== undefined) return known
    if (rows >= MAX_ROWS) return null
    if (caller === undefined) {
      caller = { workspaceId, routes: new Map() }
      callers.set(callerId, caller)
    }
    const counts = zero()
    caller.routes.set(route, counts)
    rows += 1
    return counts
  }

  return {
    add: ({ workspaceId, callerId, route, status, ms }) => {
      const counts = countsOf(workspaceId, callerId, route)
      if (counts === null) return
      counts.requests += 1
      if (status === TOO_MANY_REQUESTS) counts.refused += 1
      else if (status >= FIRST_FAILURE) counts.failed += 1
      counts.totalMs += ms
      const step = stepOf(ms)
      counts.latencies[step] = (counts.latencies[step] ?? 0) + 1
    },
    size: () => rows,
    take: () => {
      const taken = [...callers].flatMap(([callerId, { workspaceId, routes }]) =>
        [...routes].map(([route, counts]): UsageRow => ({ workspaceId, callerId, route, ...counts })),
      )
      callers = new Map()
      rows = 0
      return taken
    },
    putBack: (row) => {
      const counts = countsOf(row.workspaceId, row.callerId, row.route)
      if (counts === null) return
      counts.requests += row.requests
      counts.refused += row.refused
      counts.failed += row.failed
      counts.totalMs += row.totalMs
      for (const [step, count] of row.latencies.entries())
        counts.latencies[step] = (counts.latencies[step] ?? 0) + count
    },
  }
}

const FLUSH_EVERY_MS = 5_000
/** A row is two upserts, and after a longer pause it has the counts of more requests. */
const PAUSE_PER_ROW_MS = 2.5

export const createMeter = ({ write, onError, onRequest }: MeterOptions): Meter => {
  const tally = createTally()
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()
  let isClosed = false
  let pauseMs = FLUSH_EVERY_MS
  /** The last write succeeded, and none runs. */
  let isReady = true

  const wait = (): void => {
    if (isClosed) return
    timer ??= setTimeout(() => void flush(), pauseMs).unref()
  }

  const writeWaiting = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const taken = tally.take()
    isReady = taken.length === 0
    if (isReady) return
    pauseMs = FLUSH_EVERY_MS + PAUSE_PER_ROW_MS * taken.length
    try {
      await write(taken)
      isReady = true
    } catch (error) {
      for (const row of taken) tally.putBack(row)
      wait()
      onError(error)
    }
  }

  /** Serialised, so that after a wait everything counted before it is written. */
  const flush = (): Promise<void> => {
    writing = writing.then(writeWaiting)
    return writing
  }

  return Object.freeze({
    note: (measurement: Measurement): void => {
      onRequest?.(measurement)
      tally.add(measurement)
      if (isReady && tally.size() >= MANY_ROWS) {
        isReady = false
        void flush()
      } else wait()
    },
    flush,
    close: () => {
      isClosed = true
      return flush()
    },
  })
}

/** Unknown paths have no route of their own: made-up paths must not fill a table. */
const NO_ROUTE = '(unknown path)'

/** Counts every request of an authenticated caller, refused ones too. */
export const measureRequests =
  (meter: Meter): Middleware =>
  async (ctx, next) => {
    const startMs = performance.now()
    await next()
    const { workspaceId, callerId, route = NO_ROUTE } = ctx.state
    if (workspaceId === undefined || callerId === undefined) return
    const ms = performance.now() - startMs
    meter.note({ workspaceId, callerId, route: `${ctx.method} ${route}`, status: ctx.status, ms })
  }
