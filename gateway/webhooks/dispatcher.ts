// Keeps the deliveries of webhooks going. It reads the feed after every window that the ticker closes, and
// looks for due attempts then, when an attempt ends, and once a second. Without webhooks it does nothing.
//
//   asleep ─ a webhook exists ─> awake ─ none is left ─> asleep
//   awake: window ─> fan-out ─┐
//          attempt ended ─────┼─> claim ─> attempts
//          second ────────────┘

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import { hasWebhooks } from '../../tenants/webhook/webhook.ts'
import type { Ticker } from '../changes/ticker.ts'
import type { FanOut } from './fanOut.ts'
import type { Workers } from './workers.ts'

interface DispatcherOptions {
  readonly pool: Pool
  readonly ticker: Ticker
  readonly fanOut: FanOut
  readonly workers: Workers
  readonly log: Log
}

interface Dispatcher {
  readonly start: () => void
  /** @param payload of a notification: `webhook <id>`; others are ignored */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
  /** Looks for due attempts, now. */
  readonly look: () => void
  /** Stops; running attempts go on. */
  readonly close: () => Promise<void>
}

const EVERY_MS = 1_000

/** Runs the work; asked for while it runs, it runs once more. Errors are logged, and it waits to be asked. */
const createLoop = (work: () => Promise<void>, log: Log) => {
  let running: Promise<void> | null = null
  let isDue = false
  const run = async (): Promise<void> => {
    while (isDue) {
      isDue = false
      try {
        await work()
      } catch (error) {
        log.debug({ err: error }, 'webhooks could not be looked after; it is tried again')
      }
    }
  }
  return {
    ask: (): void => {
      isDue = true
      running ??= run().finally(() => {
        running = null
      })
    },
    idle: async (): Promise<void> => {
      await running
    },
  }
}

export const createDispatcher = ({ pool, ticker, fanOut, workers, log }: DispatcherOptions): Dispatcher => {
  let isStarted = false
  let isClosed = false
  let stop: (() => void) | null = null

  const claims = createLoop(async () => {
    if (!isClosed) await workers.claim()
  }, log)
  const reads = createLoop(async () => {
    for (let hasMore = true; hasMore && !isClosed; ) {
      const read = await fanOut()
      hasMore = read?.hasMore === true
      if ((read?.deliveries ?? 0) > 0) claims.ask()
    }
  }, log)
  const wake = (): void => {
    const unsubscribe = ticker.subscribe(reads.ask)
    const timer = setInterval(() => {
      reads.ask()
      claims.ask()
    }, EVERY_MS).unref()
    stop = () => {
      unsubscribe()
      clearInterval(timer)
      stop = null
    }
    reads.ask()
    claims.ask()
  }
  const checks = createLoop(async () => {
    const isNeeded = !isClosed && (await hasWebhooks(pool))
    if (isNeeded && stop === null && !isClosed) wake()
    if (!isNeeded) stop?.()
    if (isNeeded) claims.ask()
  }, log)
  const check = (): void => {
    if (isStarted && !isClosed) checks.ask()
  }

  return {
    start: () => {
      isStarted = true
      check()
    },
    invalidate: (payload) => {
      if (payload.startsWith('webhook ')) check()
    },
    invalidateAll: check,
    look: () => {
      if (stop !== null) claims.ask()
    },
    close: async () => {
      isClosed = true
      stop?.()
      await Promise.all([checks.idle(), reads.idle()])
      await claims.idle()
    },
  }
}
