// The gateway's clock of the feed. While streams or requests wait for changes, it looks for new ones right
// after a write through this gateway (`ring`). Changes by other gateways and by SQL are found by one gateway
// of the database, the leader, which looks four times a second; each new window is announced to the others.
// Followers look every five seconds nevertheless: their leader may hang. Without waiters no query is sent.

import type { Election } from '../../sql/election.ts'
import type { Log } from '../../sql/log.ts'
import type { FeedWindow } from '../../tenants/changes/feed.ts'

export interface Ticker {
  /** Something was written: looks soon. */
  readonly ring: () => void
  /** @param payload of a notification: `window <number> <token>` */
  readonly onAnnounced: (payload: string) => void
  /** Calls back with every new window until the returned function is called. */
  readonly subscribe: (onWindow: (window: FeedWindow) => void) => () => void
  readonly close: () => Promise<void>
}

export interface TickerOptions {
  /** Closes a window where something is new. */
  readonly newest: () => Promise<FeedWindow>
  readonly log: Log
  readonly election: Pick<Election, 'stand' | 'role' | 'onChange'>
  /** Whether announcements arrive. */
  readonly isWatched: () => boolean
  /** How often a leader looks. */
  readonly idleMs?: number
}

/** Writes that follow each other closely share a window. */
const RUNG_MS = 15
const IDLE_MS = 250
const FOLLOWING_MS = 5_000

const pauseMs = ({ election, isWatched, idleMs = IDLE_MS }: TickerOptions): number =>
  election.role() === 'follower' && isWatched() ? FOLLOWING_MS : idleMs

const announcedWindow = (payload: string): FeedWindow | null => {
  const [, number, token] = payload.split(' ')
  return token === undefined ? null : { number: Number(number), token }
}

/** The waiters for windows, and the newest window that they got. */
const createWaiters = () => {
  const listeners = new Set<(window: FeedWindow) => void>()
  let last: FeedWindow = { number: -1, token: '' }
  return {
    listeners,
    last: () => last.number,
    /** A window of the same number and another token follows a fail-over that lost changes. */
    isLast: ({ number, token }: FeedWindow): boolean => number === last.number && token === last.token,
    publish: (window: FeedWindow): void => {
      last = window
      for (const listener of [...listeners]) listener(window)
    },
  }
}

const readWindow = async ({ newest, log }: TickerOptions): Promise<FeedWindow | null> => {
  try {
    return await newest()
  } catch (error) {
    log.debug({ err: error }, 'cannot read the change feed; trying again')
    return null
  }
}

export const createTicker = (options: TickerOptions): Ticker => {
  const { election } = options
  const { listeners, last, isLast, publish } = createWaiters()
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | null = null
  let isRung = false
  let isClosed = false

  const schedule = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (isClosed || listeners.size === 0 || looking !== null) return
    timer = setTimeout(begin, isRung ? RUNG_MS : pauseMs(options)).unref()
  }
  const look = async (): Promise<void> => {
    isRung = false
    const window = await readWindow(options)
    if (window !== null && !isLast(window)) publish(window)
  }
  const begin = (): void => {
    looking = look().finally(() => {
      looking = null
      schedule()
    })
  }
  const ring = (): void => {
    if (isRung || listeners.size === 0) return
    isRung = true
    schedule()
  }
  // A new leader finds what the last one left.
  election.onChange(ring)

  return {
    ring,
    onAnnounced: (payload) => {
      const window = announcedWindow(payload)
      // Announcements of windows that this gateway closed itself come late. Without waiters none is noted:
      // the next one would miss a window that was closed after it had read.
      if (listeners.size > 0 && window !== null && window.number > last()) publish(window)
    },
    subscribe: (onWindow) => {
      listeners.add(onWindow)
      election.stand(true)
      isRung = true
      schedule()
      return () => {
        listeners.delete(onWindow)
        election.stand(listeners.size > 0)
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
