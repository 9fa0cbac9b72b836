// Retries a change while its tables are locked, the whole transaction each time. Everything that reads a
// table queues up behind a waiting lock, so no attempt waits for long: readers go on in the pauses. Behind a
// long transaction further attempts would only stall the readers: then there are fewer, and shorter ones.

import { setTimeout as sleep } from 'node:timers/promises'
import { isHeld } from './alterRefusal.ts'
import { BRIEF_MS, LONGEST_MS } from './lockTimeout.ts'

const ATTEMPTS = 20
/** The first ones meet tables without load, and cost their readers least. */
const FIRST_ATTEMPTS = 3
const BRIEF_ATTEMPTS = 7
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 800
/** Waits for the workspace's lock count too. */
const WITHIN_MS = 90_000

export interface FailedAttempt {
  /** Whether the failed attempt may be repeated. */
  readonly mayRepeat?: boolean
  /** Whether a long transaction is known to lock the table. */
  readonly isHeldLong?: () => boolean
}

/** @param run makes one attempt with the given lock timeout. */
export const patiently = async <Result>(
  run: (lockMs: number) => Promise<Result>,
  { mayRepeat = true, isHeldLong = () => false }: FailedAttempt = {},
): Promise<Result> => {
  const sinceMs = performance.now()
  for (let attempt = 1; ; attempt += 1) {
    const lockMs = isHeldLong() || attempt <= FIRST_ATTEMPTS ? BRIEF_MS : LONGEST_MS
    try {
      return await run(lockMs)
    } catch (error) {
      const attempts = isHeldLong() ? BRIEF_ATTEMPTS : ATTEMPTS
      const isOver = attempt >= attempts || performance.now() - sinceMs > WITHIN_MS
      if (!isHeld(error) || !mayRepeat || isOver) throw error
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
      await sleep(pauseMs * (0.5 + Math.random()))
    }
  }
}
