// `GET /changes`: a page of changes after a position. Pages without a change that the caller may see are
// skipped, and with `wait` the answer comes with the first change or when the time is over.

import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedPosition } from '../../tenants/changes/feed.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { Context } from '../http/context.ts'
import type { ChangePage, ReadChanges } from './read.ts'
import type { ChangesRequest } from './request.ts'
import { writeEntry } from './shown.ts'
import type { Ticker } from './ticker.ts'

/** Pages without a visible change that one request reads before it answers. */
const MAX_EMPTY_PAGES = 20

const readOn = async (
  read: ReadChanges,
  context: RequestContext<unknown>,
  { query, limit }: ChangesRequest,
  from: FeedPosition,
): Promise<ChangePage | null> => {
  let page = await read(context, query, from, limit)
  for (let count = 1; page?.hasMore && page.entries.length === 0 && count < MAX_EMPTY_PAGES; count += 1)
    page = await read(context, query, page.end, limit)
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

export interface PageOptions {
  readonly read: ReadChanges
  readonly ticker: Ticker
  readonly renew: (ctx: Context) => Promise<RequestContext<unknown>>
}

/** @returns null if the position is not known, or the client left */
export const readPage = async (
  { read, ticker, renew }: PageOptions,
  ctx: Context,
  context: RequestContext<unknown>,
  request: ChangesRequest,
  from: FeedPosition,
): Promise<ChangePage | null> => {
  const endsAtMs = performance.now() + request.waitMs
  let page = await readOn(read, context, request, from)
  while (page !== null && page.entries.length === 0 && !page.hasMore && performance.now() < endsAtMs) {
    await nextWindow(ticker, ctx, endsAtMs - performance.now())
    if (ctx.res.closed) return null
    page = await readOn(read, await renew(ctx), request, page.end)
  }
  return page
}

/** `{"data":{"changes":[…]},"hasMore":…,"position":"…"}` */
export const writePage = (
  page: ChangePage,
  names: readonly string[],
  idOf: (position: FeedPosition) => string,
): string => {
  const entries = page.entries.map(({ entry, records, position }) =>
    writeEntry(entry, idOf(position), names, records),
  )
  return `{"data":{"changes":[${entries.join(',')}]},"hasMore":${page.hasMore},"position":"${idOf(page.end)}"}`
}

/** The reader has to start over, at a new position. */
export const writeReset = (position: string): string =>
  `{"data":{"changes":[]},"reset":true,"hasMore":false,"position":"${position}"}`
