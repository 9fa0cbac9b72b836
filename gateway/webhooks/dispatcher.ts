// Keeps the deliveries of webhooks going. It reads the feed after every window that the ticker closes, and
// looks for due attempts then, when an attempt ends, and once a second. Models are compared when a workspace
// changed, and once a minute. Without webhooks it does nothing.
//
//   asleep ─ a webhook exists ─> awake ─ none is left ─> asleep
//   awake: window ─> fan-out ─┐
//          model ─> compare ──┤
//          attempt ended ─────┼─> claim ─> attempts
//          second ────────────┘

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import type { WebhookTables } from '../../tenants/changes/webhookTables.ts'
import { hasWebhooks } from '../../tenants/webhook/delivery.ts'
import type { Ticker } from '../changes/ticker.ts'
import type { FanOut } from './fanOut.ts'
import type { ModelAnnouncer } from './modelEvents.ts'
import type { Workers } from './queue/workers.ts'

interface DispatcherOptions {
  readonly pool: Pool
  readonly tables?: WebhookTables
  readonly ticker: Ticker
  readonly fanOut: FanOut
  /** Absent: there are no webhooks for changes of models. */
  readonly models?: Pick<ModelAnnouncer, 'announceAll'>
  readonly workers: Workers
  readonly log: Log
}

export interface Dispatcher {
  readonly start: () => void
  /** @param payload of a notification: `webhook <id>` or `workspace <id> <version>`; others are ignored */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
  /** Looks for due attempts, now. */
  readonly look: () => void
  /** Stops; running attempts go on. */
  readonly close: () => Promise<void>
}

const EVERY_MS = 1_000
/** After a notification that was lost, or a comparison that failed. */
const MODELS_EVERY_MS = 60_000

interface Loop {
  readonly ask: () => void
  readonly idle: () => Promise<void>
}

/** Runs the work; asked for while it runs, it runs once more. Errors are logged, and it waits to be asked. */
const createLoop = (work: () => Promise<void>, log: Log): Loop => {
  let running: Promise<void> | null = null
  let isDue = false
  const run = async (): Promise<void> => {
    while (isDue) {
      isDue = false
      try {
        await work()
      } catch (error) {
        log.debug({ err: error }, 'processing webhooks failed; trying again')
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

/** @returns ends it */
const repeating = (everyMs: number, loops: readonly Loop[]): (() => void) => {
  const timer = setInterval(() => {
    for (const { ask } of loops) ask()
  }, everyMs).unref()
  return () => clearInterval(timer)
}

/** @param isAwake whether the loops do anything */
const loopsOf = ({ fanOut, models, workers, log }: DispatcherOptions, isAwake: () => boolean) => {
  const claims = createLoop(async () => {
    if (isAwake()) await workers.claim()
  }, log)
  const reads = createLoop(async () => {
    for (let hasMore = true; hasMore && isAwake(); ) {
      const read = await fanOut()
      hasMore = read?.hasMore === true
      if ((read?.deliveries ?? 0) > 0) claims.ask()
    }
  }, log)
  const compares = createLoop(async () => {
    if (models !== undefined && isAwake() && (await models.announceAll()) > 0) claims.ask()
  }, log)
  return { claims, reads, compares }
}

export const createDispatcher = (options: DispatcherOptions): Dispatcher => {
  const { pool, tables, ticker, log } = options
  let isStarted = false
  let isClosed = false
  let stop: (() => void) | null = null
  const { claims, reads, compares } = loopsOf(options, () => stop !== null)

  const wake = (): void => {
    const unsubscribe = ticker.subscribe(reads.ask)
    const endTimers = [repeating(EVERY_MS, [reads, claims]), repeating(MODELS_EVERY_MS, [compares])]
    stop = () => {
      unsubscribe()
      for (const end of endTimers) end()
      stop = null
    }
    for (const { ask } of [reads, claims, compares]) ask()
  }
  const checks = createLoop(async () => {
    const isNeeded = !isClosed && (await hasWebhooks(pool, tables))
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
      if (payload.startsWith('workspace ')) compares.ask()
    },
    invalidateAll: () => {
      check()
      compares.ask()
    },
    look: claims.ask,
    close: async () => {
      isClosed = true
      stop?.()
      await Promise.all([checks.idle(), reads.idle(), compares.idle()])
      await claims.idle()
    },
  }
}
