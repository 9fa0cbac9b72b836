// Repeats a change while its tables are held. Each attempt waits for a lock a little longer than the one
// before: everything that reads the table queues up behind the wait, so it begins briefly, and on a busy
// machine even short transactions take their time. Behind a long transaction more patience would not help,
// and stall the readers: then the attempts stay brief and end sooner.

import { setTimeout as sleep } from 'node:timers/promises'
import { isHeld } from './alterRefusal.ts'
import { BRIEF_MS } from './lockTimeout.ts'

/** Of a change that meets short transactions alone: 15 seconds of waiting for locks, in all. */
const LOCK_MS = [BRIEF_MS, BRIEF_MS, BRIEF_MS, 500, 800, 1_300, 2_000, 3_000, 3_000, 3_000] as const
const BRIEF_ATTEMPTS = 7
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 800
/** Waiting in line for the workspace counts, too. */
const WITHIN_MS = 90_000

export interface Patience {
  /** Whether what has failed may be done again at all. */
  readonly mayRepeat?: boolean
  /** Whether the table is known to be held by a long transaction. */
  readonly isHeldLong?: () => boolean
}

/** @param run makes one attempt, which waits for each lock as long as it is given. */
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
