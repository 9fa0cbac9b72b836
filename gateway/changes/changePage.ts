// `GET /changes`: a page of changes after a position. Pages without a change that the caller may see are
// skipped, and with `wait` the answer comes with the first change or when the time is over.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../http/context.ts'
import { writeEntry } from './shown.ts'
import { RENEW_MS, type Streams } from './streams.ts'
import type { Ticker } from './ticker.ts'

/** Pages without a visible change that one request reads before it answers. */
const MAX_EMPTY_PAGES = 20

interface ChangePage<Position> {
  readonly entries: readonly unknown[]
  readonly end: Position
  readonly hasMore: boolean
}

type ReadOne<Reader, Position, Found> = (context: Reader, from: Position) => Promise<Found | null>

const readOn = async <Reader, Position, Found extends ChangePage<Position>>(
  read: ReadOne<Reader, Position, Found>,
  context: Reader,
  from: Position,
): Promise<Found | null> => {
  let page = await read(context, from)
  for (let count = 1; page?.hasMore && page.entries.length === 0 && count < MAX_EMPTY_PAGES; count += 1)
    page = await read(context, page.end)
  return page
}

interface Waiter {
  /**
   * Resolves with a window since the last wait, after `ms`, when rights may have changed, or when the client
   * leaves.
   */
  readonly wait: (ms: number) => Promise<void>
  readonly stop: () => void
}

const createWaiter = ({ ticker, streams }: Pick<PageOptions, 'ticker' | 'streams'>, ctx: Context): Waiter => {
  let waiting = new AbortController()
  const wake = (): void => waiting.abort()
  const unsubscribe = [ticker.subscribe(wake), streams.onRenewal(wake)]
  ctx.res.once('close', wake)
  return {
    wait: async (ms) => {
      await sleep(ms, undefined, { signal: waiting.signal, ref: false }).catch(() => {})
      waiting = new AbortController()
    },
    stop: () => {
      ctx.res.off('close', wake)
      for (const each of unsubscribe) each()
    },
  }
}

interface PageOptions<Reader = unknown, Position = unknown, Found = unknown> {
  readonly read: ReadOne<Reader, Position, Found>
  readonly ticker: Ticker
  readonly streams: Pick<Streams, 'onRenewal'>
  /** The caller's context as it is now; rejects when the caller may no longer read. */
  readonly renew: (ctx: Context) => Promise<Reader>
}

/** @returns null if the position is unknown or the client disconnected */
export const readChangePage = async <Reader, Position, Found extends ChangePage<Position>>(
  options: PageOptions<Reader, Position, Found>,
  ctx: Context,
  context: Reader,
  waitMs: number,
  from: Position,
): Promise<Found | null> => {
  const { read, renew } = options
  const endsAtMs = performance.now() + waitMs
  const isOver = (page: Found | null): boolean =>
    page === null || page.entries.length > 0 || page.hasMore || performance.now() >= endsAtMs
  let page = await readOn(read, context, from)
  if (isOver(page)) return page
  const waiter = createWaiter(options, ctx)
  try {
    while (page !== null && !isOver(page)) {
      const waitsSinceMs = performance.now()
      await waiter.wait(Math.min(RENEW_MS, endsAtMs - waitsSinceMs))
      ctx.state.waitedMs = (ctx.state.waitedMs ?? 0) + performance.now() - waitsSinceMs
      if (ctx.res.closed) return null
      page = await readOn(read, await renew(ctx), page.end)
    }
  } finally {
    waiter.stop()
  }
  return page
}

interface WrittenPage<Position> extends ChangePage<Position> {
  readonly entries: readonly {
    readonly entry: object
    readonly records: readonly (string | null)[]
    readonly position: Position
  }[]
}

/** `{"data":{"changes":[…]},"hasMore":…,"position":"…"}` */
export const writePage = <Position>(
  page: WrittenPage<Position>,
  names: readonly string[],
  idOf: (position: Position) => string,
): string => {
  const entries = page.entries.map(({ entry, records, position }) =>
    writeEntry(entry, idOf(position), names, records),
  )
  return `{"data":{"changes":[${entries.join(',')}]},"hasMore":${page.hasMore},"position":"${idOf(page.end)}"}`
}

/** The reader has to start over, at a new position. */
export const writeReset = (position: string): string =>
  `{"data":{"changes":[]},"reset":true,"hasMore":false,"position":"${position}"}`
