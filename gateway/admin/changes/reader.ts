// Reads pages of changes of all workspaces, as entries with their positions.

import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import type { ConnectionPool } from '../../../sql/pipeline/pool.ts'
import type { FeedWindow } from '../../../tenants/changes/feed.ts'
import { HOST_ID } from '../../../tenants/changes/host.ts'
import { createHostFeed, type HostPosition, type SpanOf } from '../../../tenants/changes/hostFeed.ts'
import type { HostSpan } from '../../../tenants/changes/hostSpan.ts'
import type { Caller } from '../../auth/caller.ts'
import { createChangeJudge } from '../../changes/judge.ts'
import type { LayoutOf } from '../../changes/layouts.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import type { OpenWorkspaces } from '../../workspace/viewFor.ts'
import { createEntriesOf, type HostEntry } from './entries.ts'
import type { HostQuery } from './hostChangesRequest.ts'
import { createValuesOf } from './values.ts'

export interface ReaderOptions {
  readonly pool: Pool
  readonly placement: { readonly connections: Pick<ConnectionPool, 'run'> }
  readonly layoutOf: LayoutOf
  readonly workspaces: OpenWorkspaces
  readonly open: (caller: Caller) => Promise<RequestContext<unknown>>
}

interface HostPage {
  readonly entries: readonly {
    readonly entry: HostEntry
    readonly records: readonly (string | null)[]
    readonly position: HostPosition
  }[]
  readonly end: HostPosition
  readonly hasMore: boolean
}

/** Null: the position has expired. */
export type ReadHostChanges = (
  query: HostQuery,
  from: HostPosition,
  limit: number,
) => Promise<HostPage | null>

const MAX_KEPT_WORKSPACES = 100_000

/** Remembers the spans that are read in several pages: finding their workspaces costs all their changes. */
const keepingSpans = (spanOf: SpanOf): SpanOf => {
  const kept = new LRUCache<string, HostSpan>({
    maxSize: MAX_KEPT_WORKSPACES,
    sizeCalculation: ({ workspaces }) => workspaces.length + 1,
  })
  const keyOf = (after: FeedWindow, upTo: FeedWindow): string =>
    [after.number, after.token, upTo.number, upTo.token].join(' ')
  return async (after, upTo, limit) => {
    const known = upTo === null ? undefined : kept.get(keyOf(after, upTo))
    if (known !== undefined) return known
    const span = await spanOf(after, upTo, limit)
    // Whether there are later windows is another question by then.
    if (span !== null) kept.set(keyOf(after, span.upTo), { ...span, isNewest: false })
    return span
  }
}

export const createEventReader = (options: ReaderOptions): ReadHostChanges => {
  const { pool, placement } = options
  const judge = createChangeJudge({ ...options, connections: placement.connections })
  const entriesOf = createEntriesOf({ ...options, valuesOf: createValuesOf({ ...options, judge }) })
  const readFeed = createHostFeed(pool, keepingSpans)
  return async (query, from, limit) => {
    const { kinds, workspaces } = query
    const isAsked = (workspaceId: string): boolean =>
      workspaceId === HOST_ID
        ? kinds.has('events')
        : kinds.has('records') && (workspaces?.has(workspaceId) ?? true)
    const page = await readFeed(from, { limit, isAsked })
    if (page === null) return null
    const rows = page.rows.map(({ row }) => row)
    const entries = await entriesOf(rows, query)
    return {
      entries: page.rows.flatMap(({ row, position }) => {
        const entry = entries.get(row)
        return entry === undefined ? [] : [{ ...entry, position }]
      }),
      end: page.end,
      hasMore: page.hasMore,
    }
  }
}
