// The changes of all workspaces as operators read them, in pages that no single workspace fills. Within a
// span of windows, workspaces come one after the other. One with more changes than its part of the page is
// put aside, with a position of its own; each later page gives a half to the ones aside, in turns, and the
// other half to all others, which read on meanwhile. It joins them again when it has caught up.

import type { Pool } from 'pg'
import { type FeedPosition, type FeedWindow, PAGE_BYTES, readFeed } from './feed.ts'
import { type HostRow, type HostSpan, readSlices, readSpan } from './hostSpan.ts'

interface Aside {
  readonly workspaceId: string
  readonly at: FeedPosition
}

/** Everything up to `after` was read, and `partial`, except what the workspaces aside have left. */
export interface HostPosition {
  readonly after: FeedWindow
  /** Of the changes up to `upTo`, those of workspaces up to this one. */
  readonly partial?: { readonly upTo: FeedWindow; readonly workspaceId: string }
  readonly aside: readonly Aside[]
}

interface PlacedRow {
  readonly row: HostRow
  /** Goes on behind the row. */
  readonly position: HostPosition
}

interface HostPage {
  readonly rows: readonly PlacedRow[]
  readonly end: HostPosition
  readonly hasMore: boolean
}

/** Workspaces with more changes than their part, at a time. While there are more, all others wait for one. */
const MOST_ASIDE = 8
/** A workspace gets this part of a page, unless fewer have changes. */
const PARTS = 4

/** A span, read before or now. Null: unknown. */
export type SpanOf = (after: FeedWindow, upTo: FeedWindow | null, limit: number) => Promise<HostSpan | null>

interface HostFeedOptions {
  readonly pool: Pool
  readonly spanOf: SpanOf
}

interface HostRequest {
  readonly limit: number
  readonly isAsked: (workspaceId: string) => boolean
}

interface Read {
  readonly rows: readonly PlacedRow[]
  readonly end: HostPosition
}

const isBefore = (window: FeedWindow, other: FeedWindow): boolean => window.number < other.number

/** A workspace aside reads no further than all others do. */
const boundedBy = (upTo: FeedWindow, at: FeedPosition): FeedPosition =>
  at.partial === undefined ? { after: at.after, partial: { upTo, id: '0' } } : at

const hasUnread = (upTo: FeedWindow, { at }: Aside): boolean =>
  at.partial !== undefined || isBefore(at.after, upTo)

/**
 * The workspaces aside, in turns: the ones that were read go to the end.
 * @returns null: a position is not known any more
 */
const readAside = async (
  pool: Pool,
  from: HostPosition,
  upTo: FeedWindow,
  limit: number,
): Promise<Read | null> => {
  const due = from.aside.filter((each) => hasUnread(upTo, each)).slice(0, limit)
  const rows: PlacedRow[] = []
  let end = from
  for (const each of due) {
    const share = Math.floor(limit / due.length)
    const bytes = Math.floor(PAGE_BYTES / due.length)
    const page = await readFeed(pool, each.workspaceId, boundedBy(upTo, each.at), share, 'host', bytes)
    if (page === null) return null
    const others = end.aside.filter(({ workspaceId }) => workspaceId !== each.workspaceId)
    const placedAt = (at: FeedPosition): HostPosition => ({
      ...from,
      aside: [...others, { workspaceId: each.workspaceId, at }],
    })
    for (const row of page.rows)
      rows.push({
        row: { ...row, workspaceId: each.workspaceId },
        position: placedAt(page.positionOf(row)),
      })
    end = placedAt(page.end)
  }
  return { rows, end }
}

interface Part {
  readonly workspaceId: string
  /** All changes of the span are in the page. */
  readonly isWhole: boolean
}

/** The workspaces whose changes come next, as far as they fit. */
const partsOf = (
  { workspaces, upTo }: HostSpan,
  from: HostPosition,
  { limit, isAsked }: HostRequest,
): { readonly parts: readonly Part[]; readonly share: number; readonly isEnd: boolean } => {
  const asideIds = new Set(from.aside.map(({ workspaceId }) => workspaceId))
  let free = MOST_ASIDE - from.aside.filter((each) => hasUnread(upTo, each)).length
  const next = workspaces.filter(
    ({ workspaceId }) =>
      workspaceId > (from.partial?.workspaceId ?? '') && !asideIds.has(workspaceId) && isAsked(workspaceId),
  )
  const share = Math.ceil(limit / Math.min(PARTS, Math.max(1, next.length)))
  const parts: Part[] = []
  let room = limit
  for (const { workspaceId, changes } of next) {
    const isWhole = changes <= share
    room -= Math.min(changes, share)
    if (room < 0 || (!isWhole && free === 0)) return { parts, share, isEnd: false }
    if (!isWhole) free -= 1
    parts.push({ workspaceId, isWhole })
  }
  return { parts, share, isEnd: true }
}

/** The changes of all workspaces that are not aside. */
const readOthers = async (
  pool: Pool,
  span: HostSpan,
  from: HostPosition,
  request: HostRequest,
): Promise<Read> => {
  const { upTo } = span
  const { parts, share, isEnd } = partsOf(span, from, request)
  const ids = parts.map(({ workspaceId }) => workspaceId)
  const slices = await readSlices(pool, span, ids, share)
  const found = Map.groupBy(slices.rows, (row) => row.workspaceId)
  const cutId = slices.isCut ? slices.rows.at(-1)?.workspaceId : undefined
  const rows: PlacedRow[] = []
  let end = from
  for (const part of parts) {
    const { workspaceId } = part
    const isWhole = part.isWhole && workspaceId !== cutId
    const ofIt = found.get(workspaceId) ?? []
    const { aside } = end
    const whole = { ...end, partial: { upTo, workspaceId } }
    const behind = (id: string): HostPosition => ({
      ...whole,
      aside: [...aside, { workspaceId, at: { after: span.after, partial: { upTo, id } } }],
    })
    const last = ofIt.at(-1)
    for (const row of ofIt) rows.push({ row, position: isWhole && row === last ? whole : behind(row.id) })
    end = isWhole ? whole : behind(last?.id ?? '0')
    // The others did not fit.
    if (workspaceId === cutId) return { rows, end }
  }
  return { rows, end: isEnd ? { after: upTo, aside: end.aside } : end }
}

/** Without the workspaces aside that are not asked about, or have caught up with all others. */
const joined = (end: HostPosition, { isAsked }: HostRequest): HostPosition => {
  const { after, partial } = end
  const isPassed = (workspaceId: string): boolean =>
    partial === undefined || workspaceId <= partial.workspaceId
  return {
    ...end,
    aside: end.aside.filter(
      (each) =>
        isAsked(each.workspaceId) && (hasUnread(partial?.upTo ?? after, each) || !isPassed(each.workspaceId)),
    ),
  }
}

/**
 * The next changes, at most `limit`. The changes of one record come in the order in which they were made.
 * @returns null where the server does not know the position (any more): the reader has to start over.
 */
const readHostFeed = async (
  { pool, spanOf }: HostFeedOptions,
  from: HostPosition,
  request: HostRequest,
): Promise<HostPage | null> => {
  const { limit } = request
  const start = joined(from, request)
  const span = await spanOf(start.after, start.partial?.upTo ?? null, limit)
  if (span === null) return null
  const { upTo } = span
  const half = Math.floor(limit / 2)
  const isAlone = span.workspaces.length === 0 || upTo.number === start.after.number
  const aside = await readAside(pool, start, upTo, isAlone ? limit : half)
  if (aside === null) return null
  const others = await readOthers(pool, span, aside.end, { ...request, limit: limit - aside.rows.length })
  const end = joined(others.end, request)
  const hasMore = !span.isNewest || end.partial !== undefined || end.aside.length > 0
  return { rows: [...aside.rows, ...others.rows], end, hasMore }
}

/** With the workspaces of spans that are read in several pages kept in mind. */
export const createHostFeed = (pool: Pool, keep: (spanOf: SpanOf) => SpanOf = (spanOf) => spanOf) => {
  const spanOf = keep((after, upTo, limit) => readSpan(pool, after, upTo, limit))
  return (from: HostPosition, request: HostRequest) => readHostFeed({ pool, spanOf }, from, request)
}
