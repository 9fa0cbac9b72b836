// How quick statements are. In: how long each run kept Postgres busy; out: whether the next run of the same
// text, in the same workspace, may share a connection with others: what stands behind a long statement waits
// for its end. A text that has never ended is not known to be quick. Not decided here: what becomes of those
// that are not (pool.ts).

import { LRUCache } from 'lru-cache'

export interface Latencies {
  /** @param textId of statement.ts. */
  isQuick(textId: number, workspace: string): boolean
  /** It has been slow, and not quick since. */
  isSlow(textId: number, workspace: string): boolean
  /** So slow that a busy machine alone does not explain it. */
  isLong(textId: number, workspace: string): boolean
  /** Something has just been slow in the workspace: what is new there may be slow too. */
  isSuspected(workspace: string): boolean
  /** A run that failed early says nothing about one that does not. */
  note(textId: number, workspace: string, ms: number, hasSucceeded: boolean): void
}

/** Who waits this long notices. */
export const QUICK_MS = 25
/** A job behind a full queue of these (semaphore.ts) would wait for 12 seconds. */
const LONG_MS = 500
const REMEMBERED = 5_000
/** How long a workspace with a slow statement is expected to have more of them. */
const SUSPECTED_MS = 10_000

export interface PaceOptions {
  /** What a busy machine adds to every run (eventLoopDelay.ts). */
  readonly allowanceMs?: () => number
  /** In milliseconds, for tests. */
  readonly clock?: () => number
}

export const createLatencies = ({
  allowanceMs = () => 0,
  clock = () => performance.now(),
}: PaceOptions = {}): Latencies => {
  const quick = new LRUCache<number, true>({ max: REMEMBERED })
  /** Milliseconds by text and workspace: what is quick among a hundred rows need not be among a million. */
  const slow = new LRUCache<string, number>({ max: REMEMBERED })
  const suspectedUntilMs = new LRUCache<string, number>({ max: REMEMBERED })
  const slowMs = (textId: number, workspace: string): number =>
    slow.size === 0 ? 0 : (slow.get(`${textId} ${workspace}`) ?? 0)
  return {
    isQuick: (textId, workspace) => quick.get(textId) === true && slowMs(textId, workspace) === 0,
    isSlow: (textId, workspace) => slowMs(textId, workspace) > 0,
    isLong: (textId, workspace) => slowMs(textId, workspace) > LONG_MS,
    isSuspected: (workspace) => (suspectedUntilMs.get(workspace) ?? 0) > clock(),
    note: (textId, workspace, busyMs, hasSucceeded) => {
      const ms = busyMs > QUICK_MS ? busyMs - allowanceMs() : busyMs
      if (ms > QUICK_MS) {
        suspectedUntilMs.set(workspace, clock() + SUSPECTED_MS)
        slow.set(`${textId} ${workspace}`, ms)
      } else if (hasSucceeded) {
        quick.set(textId, true)
        if (slow.size > 0) slow.delete(`${textId} ${workspace}`)
      }
    },
  }
}
