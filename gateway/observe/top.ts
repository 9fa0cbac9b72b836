// The heaviest workspaces of the last minutes, at this gateway. Each minute has a sketch per measure, so
// memory does not grow with the number of workspaces.

import type { StatementRun } from '../../sql/pipeline/pool.ts'
import { createSketch, type Heavy, type Sketch } from './sketch.ts'

/** Milliseconds that Postgres worked, requests, requests answered by 400 or above, rows of results. */
export const MEASURES = ['time', 'requests', 'errors', 'rows'] as const
type Measure = (typeof MEASURES)[number]
export const WINDOWS_MINUTES = [1, 5, 15] as const
type WindowMinutes = (typeof WINDOWS_MINUTES)[number]

/** A minute that runs, and the whole ones before it. */
const KEPT_MINUTES = 16
/** Of each measure and minute. */
export const MOST_COUNTERS = 100
/** An id of 36 characters, its place in a map, two numbers. */
const BYTES_PER_COUNTER = 200
/** What a gateway keeps at most: 1.3 MB. */
export const TOP_BYTES = KEPT_MINUTES * MEASURES.length * MOST_COUNTERS * BYTES_PER_COUNTER

const MINUTE_MS = 60_000

type Sketches = Readonly<Record<Measure, Sketch>>

/** The other measures are null where the workspace is not among the heaviest. */
export interface HeavyWorkspace extends Readonly<Record<Measure, number | null>> {
  readonly workspaceId: string
  /** By how much the measure that was asked for may be too large. */
  readonly excess: number
}

export interface TopRequest {
  readonly workspaceId: string
  readonly status: number
}

export interface Top {
  readonly onStatement: (run: StatementRun) => void
  readonly onRequest: (request: TopRequest) => void
  /** The heaviest first, of the whole minutes and the one that runs. */
  readonly of: (
    by: Measure,
    minutes: WindowMinutes,
  ) => { readonly since: Date; readonly workspaces: readonly HeavyWorkspace[] }
}

const newSketches = (): Sketches => ({
  time: createSketch(MOST_COUNTERS),
  requests: createSketch(MOST_COUNTERS),
  errors: createSketch(MOST_COUNTERS),
  rows: createSketch(MOST_COUNTERS),
})

const sumOf = (sketches: readonly Sketch[]): ReadonlyMap<string, Omit<Heavy, 'key'>> => {
  const sums = new Map<string, Omit<Heavy, 'key'>>()
  for (const { key, count, excess } of sketches.flatMap((sketch) => sketch.entries())) {
    const sum = sums.get(key) ?? { count: 0, excess: 0 }
    sums.set(key, { count: sum.count + count, excess: sum.excess + excess })
  }
  return sums
}

interface TopOptions {
  /** In milliseconds since the epoch. */
  readonly clock?: () => number
  /** Called for every statement and request, too. */
  readonly onStatement?: ((run: StatementRun) => void) | undefined
  readonly onRequest?: ((request: TopRequest) => void) | undefined
}

export const createTop = ({ clock = Date.now, onStatement, onRequest }: TopOptions = {}): Top => {
  /** Minutes since the epoch, the latest last. */
  const minutes: { readonly minute: number; readonly sketches: Sketches }[] = []

  const current = (): Sketches => {
    const minute = Math.floor(clock() / MINUTE_MS)
    const last = minutes.at(-1)
    if (last !== undefined && last.minute >= minute) return last.sketches
    const sketches = newSketches()
    minutes.push({ minute, sketches })
    if (minutes.length > KEPT_MINUTES) minutes.shift()
    return sketches
  }

  return Object.freeze({
    onStatement: (run: StatementRun): void => {
      onStatement?.(run)
      const { time, rows } = current()
      time.add(run.workspace, run.busyMs)
      rows.add(run.workspace, run.rows)
    },
    onRequest: (request: TopRequest): void => {
      onRequest?.(request)
      const { workspaceId, status } = request
      const { requests, errors } = current()
      requests.add(workspaceId, 1)
      if (status >= 400) errors.add(workspaceId, 1)
    },
    of: (by: Measure, window: WindowMinutes) => {
      const first = Math.floor(clock() / MINUTE_MS) - window
      const within = minutes.filter(({ minute }) => minute >= first)
      const sums = Object.fromEntries(
        MEASURES.map((measure) => [measure, sumOf(within.map(({ sketches }) => sketches[measure]))]),
      )
      const countOf = (measure: Measure, key: string): number | null => {
        const count = sums[measure]?.get(key)?.count
        return count === undefined ? null : Math.round(count)
      }
      const workspaces = [...(sums[by] ?? [])]
        .toSorted(([, a], [, b]) => b.count - a.count)
        .slice(0, MOST_COUNTERS)
        .map(
          ([key, { excess }]): HeavyWorkspace => ({
            workspaceId: key,
            time: countOf('time', key),
            requests: countOf('requests', key),
            errors: countOf('errors', key),
            rows: countOf('rows', key),
            excess: Math.round(excess),
          }),
        )
      return { since: new Date(first * MINUTE_MS), workspaces }
    },
  })
}
