// Tries again while somebody else holds a table. In: what to do, briefly each time (briefly.ts); out: what came of it, or the last error.

import { setTimeout as sleep } from 'node:timers/promises'
import { isHeld } from './alterRefusal.ts'

const ATTEMPTS = 7
const FIRST_PAUSE_MS = 50

/** @param mayRepeat whether what has failed may be done again at all. */
export const patiently = async <Result>(run: () => Promise<Result>, mayRepeat = true): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (!isHeld(error) || !mayRepeat || attempt === ATTEMPTS) throw error
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()))
    }
  }
}
