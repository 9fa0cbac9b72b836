// The gateway's clock of the feed. While streams or requests wait for changes, it looks for new ones: right
// after a write through this gateway (`ring`), otherwise four times a second, which also finds changes by
// other gateways and by SQL. Without waiters it sends no query.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import { type FeedWindow, tick } from '../../tenants/changes/feed.ts'

export interface Ticker {
  /** Something was written: looks soon. */
  readonly ring: () => void
  /** Calls back with every new window until the returned function is called. */
  readonly subscribe: (onWindow: (window: FeedWindow) => void) => () => void
  readonly close: () => Promise<void>
}

interface TickerOptions {
  readonly pool: Pool
  readonly log: Log
}

/** Writes that follow each other closely share a window. */
const RUNG_MS = 15
const IDLE_MS = 250

export const createTicker = ({ pool, log }: TickerOptions): Ticker => {
  const listeners = new Set<(window: FeedWindow) => void>()
  let last = -1
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | null = null
  let isRung = false
  let isClosed = false

  const schedule = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (isClosed || listeners.size === 0 || looking !== null) return
    timer = setTimeout(begin, isRung ? RUNG_MS : IDLE_MS)
    timer.unref()
  }
  const look = async (): Promise<void> => {
    isRung = false
    try {
      const window = await tick(pool)
      if (window.number === last) return
      last = window.number
      for (const listener of [...listeners]) listener(window)
    } catch (error) {
      log.debug({ err: error }, 'the feed could not be read; it is tried again')
    }
  }
  const begin = (): void => {
    looking = look().finally(() => {
      looking = null
      schedule()
    })
  }

  return {
    ring: () => {
      if (isRung || listeners.size === 0) return
      isRung = true
      schedule()
    },
    subscribe: (onWindow) => {
      listeners.add(onWindow)
      isRung = true
      schedule()
      return () => {
        listeners.delete(onWindow)
        schedule()
      }
    },
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await looking
    },
  }
}
