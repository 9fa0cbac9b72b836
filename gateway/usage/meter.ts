// Counts requests by workspace, rate-limit subject and route. A count only touches memory; every few seconds
// one statement writes them all. Counts that cannot be written are kept for the next time, up to a bound.

import type { UsageRow } from '../../tenants/usage.ts'
import { STEPS, stepOf } from './latency.ts'

export interface Measurement {
  readonly workspaceId: string
  readonly spenderId: string
  readonly route: string
  readonly status: number
  readonly ms: number
}

export interface Meter {
  readonly note: (measurement: Measurement) => void
  /** Writes pending counts; never rejects. */
  readonly flush: () => Promise<void>
}

export interface MeterOptions {
  readonly write: (rows: readonly UsageRow[]) => Promise<void>
  readonly onError: (error: unknown) => void
}

const FLUSH_EVERY_MS = 5_000
/** Subjects and routes together; beyond it, while Postgres is unavailable, requests are not counted. */
const MAX_ROWS = 20_000
const TOO_MANY_REQUESTS = 429

interface Counts {
  requests: number
  refused: number
  failed: number
  totalMs: number
  readonly latencies: number[]
}

interface Spender {
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

export const createMeter = ({ write, onError }: MeterOptions): Meter => {
  let spenders = new Map<string, Spender>()
  let rows = 0
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  const countsOf = (workspaceId: string, spenderId: string, route: string): Counts | null => {
    let spender = spenders.get(spenderId)
    const known = spender?.routes.get(route)
    if (known !== undefined) return known
    if (rows >= MAX_ROWS) return null
    if (spender === undefined) {
      spender = { workspaceId, routes: new Map() }
      spenders.set(spenderId, spender)
    }
    const counts = zero()
    spender.routes.set(route, counts)
    rows += 1
    return counts
  }

  const wait = (): void => {
    timer ??= setTimeout(() => void flush(), FLUSH_EVERY_MS).unref()
  }

  const takeBack = (row: UsageRow): void => {
    const counts = countsOf(row.workspaceId, row.spenderId, row.route)
    if (counts === null) return
    counts.requests += row.requests
    counts.refused += row.refused
    counts.failed += row.failed
    counts.totalMs += row.totalMs
    for (const [step, count] of row.latencies.entries())
      counts.latencies[step] = (counts.latencies[step] ?? 0) + count
  }

  const writeWaiting = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const taken = [...spenders].flatMap(([spenderId, { workspaceId, routes }]) =>
      [...routes].map(([route, counts]): UsageRow => ({ workspaceId, spenderId, route, ...counts })),
    )
    spenders = new Map()
    rows = 0
    if (taken.length === 0) return
    try {
      await write(taken)
    } catch (error) {
      for (const row of taken) takeBack(row)
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
    note: ({ workspaceId, spenderId, route, status, ms }: Measurement): void => {
      const counts = countsOf(workspaceId, spenderId, route)
      if (counts === null) return
      counts.requests += 1
      if (status === TOO_MANY_REQUESTS) counts.refused += 1
      else if (status >= 400) counts.failed += 1
      counts.totalMs += ms
      const step = stepOf(ms)
      counts.latencies[step] = (counts.latencies[step] ?? 0) + 1
      wait()
    },
    flush,
  })
}
