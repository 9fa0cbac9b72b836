// Latency statistics per text and workspace. They decide whether the next run of a text may share a
// connection, because requests behind a long statement wait for its end. A text that never completed is not
// known to be quick. What happens to slow texts is decided in pool.ts.

import { LRUCache } from 'lru-cache'

export interface Latencies {
  /** @param textId of statement.ts. */
  isQuick(textId: number, workspace: string): boolean
  /** Has been slow, and not quick since. */
  isSlow(textId: number, workspace: string): boolean
  /** So slow that a busy machine alone does not explain it. */
  isLong(textId: number, workspace: string): boolean
  /** A statement of the workspace was slow recently, so a new one may be slow too. */
  isSuspected(workspace: string): boolean
  /** A run that failed early does not predict one that succeeds. */
  note(textId: number, workspace: string, ms: number, hasSucceeded: boolean): void
}

/** A delay that people notice. */
export const QUICK_MS = 25
/** A job behind a full queue of these (semaphore.ts) would wait for 12 seconds. */
const LONG_MS = 500
const REMEMBERED = 5_000
/** How long a workspace stays suspected after a slow statement. */
const SUSPECTED_MS = 10_000

interface PaceOptions {
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
  /** Milliseconds by text and workspace: a text that is quick on a hundred rows need not be on a million. */
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
