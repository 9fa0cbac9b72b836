// `GET /changes`: a page of changes after a position. Pages without a change that the caller may see are
// skipped, and with `wait` the answer comes with the first change or when the time is over.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../http/context.ts'
import { writeEntry } from './shown.ts'
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

/** Resolves with the next window, after `ms`, or when the client leaves. */
const nextWindow = async (ticker: Ticker, ctx: Context, ms: number): Promise<void> => {
  const waiting = new AbortController()
  const stop = (): void => waiting.abort()
  const unsubscribe = ticker.subscribe(stop)
  ctx.res.once('close', stop)
  await sleep(ms, undefined, { signal: waiting.signal, ref: false }).catch(() => {})
  ctx.res.off('close', stop)
  unsubscribe()
}

interface PageOptions<Reader, Position, Found> {
  readonly read: ReadOne<Reader, Position, Found>
  readonly ticker: Ticker
  /** The caller's context as it is now; rejects when the caller may no longer read. */
  readonly renew: (ctx: Context) => Promise<Reader>
}

/** @returns null if the position is not known, or the client left */
export const readPage = async <Reader, Position, Found extends ChangePage<Position>>(
  { read, ticker, renew }: PageOptions<Reader, Position, Found>,
  ctx: Context,
  context: Reader,
  waitMs: number,
  from: Position,
): Promise<Found | null> => {
  const endsAtMs = performance.now() + waitMs
  let page = await readOn(read, context, from)
  while (page !== null && page.entries.length === 0 && !page.hasMore && performance.now() < endsAtMs) {
    await nextWindow(ticker, ctx, endsAtMs - performance.now())
    if (ctx.res.closed) return null
    page = await readOn(read, await renew(ctx), page.end)
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
