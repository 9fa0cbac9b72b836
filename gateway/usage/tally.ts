// Counts by rate-limit subject and route, in memory.

import type { UsageRow } from '../../tenants/usage.ts'
import { STEPS } from './latency.ts'

/** Subjects and routes together; beyond it, while Postgres is unavailable, requests are not counted. */
const MAX_ROWS = 20_000

export interface Counts {
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
  /** The counts to add to; null if there are too many rows. */
  countsOf(workspaceId: string, callerId: string, route: string): Counts | null
  /** Takes all rows out. */
  take(): readonly UsageRow[]
  /** Adds a row again that could not be written. */
  putBack(row: UsageRow): void
}

export const createTally = (): Tally => {
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
    countsOf,
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
