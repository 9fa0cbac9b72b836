// Waits for a condition that another process brings about, by asking again and again.

import { setTimeout as sleep } from 'node:timers/promises'

export const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 100_000,
  /** Longer where each question costs the process that it asks. */
  everyMs = 5,
): Promise<void> => {
  const deadline = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Still not so after ${withinMs} ms: ${what}.`)
    await sleep(everyMs)
  }
}
