// Retries a change while its tables are locked. Everything that reads a table queues up behind a waiting
// lock, so attempts start short and get a little longer each time, because on a busy machine even short
// transactions take their time. Behind a long transaction waiting longer would only stall the readers: then
// attempts stay short and end sooner.

import { setTimeout as sleep } from 'node:timers/promises'
import { isHeld } from './alterRefusal.ts'
import { BRIEF_MS } from './lockTimeout.ts'

/** For a change that only meets short transactions: 15 seconds of lock waits in total. */
const LOCK_MS = [BRIEF_MS, BRIEF_MS, BRIEF_MS, 500, 800, 1_300, 2_000, 3_000, 3_000, 3_000] as const
const BRIEF_ATTEMPTS = 7
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 800
/** Waits for the workspace's lock count too. */
const WITHIN_MS = 90_000

export interface Patience {
  /** Whether the failed attempt may be repeated. */
  readonly mayRepeat?: boolean
  /** Whether a long transaction is known to lock the table. */
  readonly isHeldLong?: () => boolean
}

/** @param run makes one attempt with the given lock timeout. */
export const patiently = async <Result>(
  run: (lockMs: number) => Promise<Result>,
  { mayRepeat = true, isHeldLong = () => false }: Patience = {},
): Promise<Result> => {
  const sinceMs = performance.now()
  for (let attempt = 1; ; attempt += 1) {
    const lockMs = isHeldLong() ? BRIEF_MS : (LOCK_MS[attempt - 1] ?? BRIEF_MS)
    try {
      return await run(lockMs)
    } catch (error) {
      const attempts = isHeldLong() ? BRIEF_ATTEMPTS : LOCK_MS.length
      const isOver = attempt >= attempts || performance.now() - sinceMs > WITHIN_MS
      if (!isHeld(error) || !mayRepeat || isOver) throw error
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
      await sleep(pauseMs * (0.5 + Math.random()))
    }
  }
}
