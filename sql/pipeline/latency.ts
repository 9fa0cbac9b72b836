// Latency statistics per text and workspace. They decide whether the next run of a text may share a
// connection, because requests behind a long statement wait for its end. A text that never completed is not
// known to be quick. What happens to slow texts is decided in pool.ts.
//
// A quick write may take long once: its commit waits for the disk, as all others do at that moment, it waits
// for a lock, or it tidies an index for thousands before it. The next ones are quick again. So a write that
// has been quick counts as slow only if it still is a moment later.

import { LRUCache } from 'lru-cache'
import type { PipelinedConnection } from './connection.ts'
import type { StatementRequest } from './statementRequest.ts'

export interface Latencies {
  /** @param textId of statement.ts. */
  isQuick(textId: number, workspace: string): boolean
  /** Has been slow, and not quick since. */
  isSlow(textId: number, workspace: string): boolean
  /** So slow that a busy machine alone does not explain it. */
  isLong(textId: number, workspace: string): boolean
  /** A statement of the workspace was slow recently, so a new one may be slow too. */
  isSuspected(workspace: string): boolean
  /** Milliseconds that quick runs of the text take, as a moving average; Infinity: there was none. */
  usualMs(textId: number): number
  note(run: Run): void
}

/** A run that has ended, or has been running for long. */
interface Run {
  readonly textId: number
  readonly workspace: string
  readonly busyMs: number
  /** A run that failed early does not predict one that succeeds. */
  readonly hasSucceeded: boolean
  readonly isWrite: boolean
}

/** A delay that people notice. */
export const QUICK_MS = 25
/** A job behind a full queue of these (semaphore.ts) would wait for 12 seconds. */
const LONG_MS = 500
const REMEMBERED = 5_000
/** The share of the latest run in the average. */
const LATEST_SHARE = 0.1
/** How long a workspace stays suspected after a slow statement. */
const SUSPECTED_MS = 10_000
/** How long after a quick write was slow further ones may begin and be slow for the same reason. */
const SAME_REASON_MS = 250

interface PaceOptions {
  /** What a busy machine adds to every run (EventLoopDelay). */
  readonly allowanceMs?: () => number
  /** In milliseconds, for tests. */
  readonly clock?: () => number
}

export const createLatencies = ({
  allowanceMs = () => 0,
  clock = () => performance.now(),
}: PaceOptions = {}): Latencies => {
  /** Average milliseconds of the texts that have been quick. */
  const quick = new LRUCache<number, number>({ max: REMEMBERED })
  /** Milliseconds by text and workspace: a text that is quick on a hundred rows need not be on a million. */
  const slow = new LRUCache<string, number>({ max: REMEMBERED })
  const suspectedUntilMs = new LRUCache<string, number>({ max: REMEMBERED })
  /** When a quick write was first slow, and has not been quick since. */
  const exceptionMs = new LRUCache<string, number>({ max: REMEMBERED })
  const slowMs = (textId: number, workspace: string): number =>
    slow.size === 0 ? 0 : (slow.get(`${textId} ${workspace}`) ?? 0)
  const isQuick = (textId: number, workspace: string): boolean =>
    quick.get(textId) !== undefined && slowMs(textId, workspace) === 0

  const isException = ({ textId, workspace, busyMs, isWrite }: Run): boolean => {
    if (!isWrite || !isQuick(textId, workspace)) return false
    const key = `${textId} ${workspace}`
    const sinceMs = exceptionMs.get(key)
    if (sinceMs === undefined) exceptionMs.set(key, clock())
    return sinceMs === undefined || clock() - busyMs <= sinceMs + SAME_REASON_MS
  }

  const forgive = (key: string): void => {
    if (slow.size > 0) slow.delete(key)
    if (exceptionMs.size > 0) exceptionMs.delete(key)
  }

  return {
    isQuick,
    isSlow: (textId, workspace) => slowMs(textId, workspace) > 0,
    isLong: (textId, workspace) => slowMs(textId, workspace) > LONG_MS,
    isSuspected: (workspace) => (suspectedUntilMs.get(workspace) ?? 0) > clock(),
    usualMs: (textId) => quick.get(textId) ?? Number.POSITIVE_INFINITY,
    note: (run) => {
      const { textId, workspace, busyMs, hasSucceeded } = run
      const ms = busyMs > QUICK_MS ? busyMs - allowanceMs() : busyMs
      if (ms > QUICK_MS) {
        if (isException(run)) return
        suspectedUntilMs.set(workspace, clock() + SUSPECTED_MS)
        slow.set(`${textId} ${workspace}`, ms)
      } else if (hasSucceeded) {
        const usualMs = quick.get(textId) ?? ms
        quick.set(textId, usualMs + (ms - usualMs) * LATEST_SHARE)
        forgive(`${textId} ${workspace}`)
      }
    },
  }
}

/**
 * How late this process's timer fires, as a measure of how busy the machine is. The same load delays Postgres
 * too, and no statement is to blame for it.
 */
export interface EventLoopDelay {
  /** Called by the timer. */
  tick(): void
  /** Milliseconds that a run may take longer; 0 on an idle machine. */
  allowanceMs(): number
}

/** Smoothing: after ten ticks a third of one late tick's effect is left. */
const KEPT_PER_TICK = 0.9
/** A run involves several hops between processes, each of which waits as long as this one did. */
const TURNS = 4
/** Upper bound: a long run is long on any machine. */
const MOST_MS = 250

/** @param clock in milliseconds, for tests. */
export const createEventLoopDelay = (
  everyMs: number,
  clock: () => number = () => performance.now(),
): EventLoopDelay => {
  let lateMs = 0
  let lastMs = clock()
  return {
    tick: () => {
      const nowMs = clock()
      lateMs = Math.max(nowMs - lastMs - everyMs, lateMs * KEPT_PER_TICK)
      lastMs = nowMs
    },
    // A timer is usually a millisecond late.
    allowanceMs: () => (lateMs < 2 ? 0 : Math.min(lateMs * TURNS, MOST_MS)),
  }
}

/**
 * Stalled backends: one takes several times as long for a statement as its text usually does, while others
 * go on. Mostly the operating system runs something else on its processor: it divides processors between
 * groups of processes (sessions, containers), and a backend that never sleeps may wait for a tenth of a
 * second. Reads behind such a statement are sent again, on another connection; the first answer counts. A
 * budget bounds how many, so that statements that have become slow do not double the load.
 */
interface Stalls<R extends StatementRequest> {
  /** The connection's backend was stalled when last looked at. */
  has(connection: PipelinedConnection<R>): boolean
  /** A statement was answered. Looks at all connections, at most every two milliseconds. */
  answered(): void
  /** When a statement was answered last, or the start, by performance.now(). */
  answeredMs(): number
  look(): void
}

interface StallsOptions<R extends StatementRequest> {
  readonly open: ReadonlySet<PipelinedConnection<R>>
  /** How long Postgres usually takes for a text; Infinity: unknown. */
  readonly usualMs: (textId: number) => number
  /**
   * Sends reads again that wait behind a stalled statement.
   * @returns how many, at most `most`
   */
  readonly onStalled: (behind: readonly R[], most: number) => number
  /** In milliseconds, for tests. */
  readonly clock?: () => number
}

const LOOK_EVERY_MS = 2
/** A shorter stall delays the ones behind it less than another connection's queue. */
const LEAST_STALL_MS = 8
/** Of its usual time. */
const TIMES_USUAL = 4
/** One in twenty statements may be sent again, and as many at once as wait behind a few backends. */
const BUDGET_PER_STATEMENT = 0.05
const MOST_BUDGET = 50

export const createStalls = <R extends StatementRequest>({
  open,
  usualMs,
  onStalled,
  clock = () => performance.now(),
}: StallsOptions<R>): Stalls<R> => {
  const stalled = new Set<PipelinedConnection<R>>()
  let budget = 0
  let lookedMs = Number.NEGATIVE_INFINITY
  let answeredMs = clock()

  const look = (): void => {
    const nowMs = clock()
    lookedMs = nowMs
    stalled.clear()
    for (const connection of open) {
      const busyMs = nowMs - connection.busySinceMs()
      if (busyMs < LEAST_STALL_MS) continue
      const [first, ...behind] = connection.requests()
      if (first === undefined || busyMs < usualMs(first.text.id) * TIMES_USUAL) continue
      stalled.add(connection)
      budget -= onStalled(behind, Math.floor(budget))
    }
  }

  return {
    has: (connection) => stalled.size > 0 && stalled.has(connection),
    answeredMs: () => answeredMs,
    answered: () => {
      answeredMs = clock()
      budget = Math.min(budget + BUDGET_PER_STATEMENT, MOST_BUDGET)
      if (answeredMs - lookedMs >= LOOK_EVERY_MS) look()
    },
    look,
  }
}
