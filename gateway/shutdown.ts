// The steps of a shutdown, each group in bounded time.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

/**
 * With a second for the last handlers and three for traces: the 20 seconds of docs/operating.md after the
 * drain.
 */
export const CLOSE_WITHIN_MS = { senders: 3_000, requests: 10_000, others: 3_000 } as const

/**
 * Runs every step, in order, even if earlier ones fail. After `mostMs` the rest begins without a wait, and it
 * returns: with Postgres away, each step may take as long as a connection.
 */
export const inOrder = async (
  log: Logger,
  mostMs: number,
  steps: readonly (() => unknown)[],
): Promise<void> => {
  const limit = new AbortController()
  const late = sleep(mostMs, true, { signal: limit.signal }).catch(() => false)
  let isLate = false
  const run = async (step: () => unknown): Promise<void> => {
    try {
      await step()
    } catch (error) {
      log.warn({ err: error }, 'part of the gateway did not close cleanly')
    }
  }
  for (const step of steps) {
    const running = run(step)
    if (isLate) continue
    isLate = await Promise.race([running.then(() => false), late])
    if (isLate) log.warn({ mostMs }, 'the gateway did not close in time')
  }
  limit.abort()
}

const LEAST_MS = 1_000

/** Two waits that share their time; the second one has a second at least. */
export const inTurn = async (
  mostMs: number,
  first: (mostMs: number) => Promise<void>,
  second: (mostMs: number) => Promise<void>,
): Promise<void> => {
  const startMs = performance.now()
  await first(mostMs)
  await second(Math.max(LEAST_MS, mostMs - (performance.now() - startMs)))
}
