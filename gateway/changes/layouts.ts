// The columns that tables had in the past. A layout never changes, so it is kept, up to a bound.

import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { type FeedRow, type Layout, readLayout } from '../../tenants/changes/feed.ts'

/** @param now the columns of the table now, for rows that have no recorded layout */
export type LayoutOf = (row: FeedRow, now: Layout) => Promise<Layout>

/** A column takes about 100 bytes. */
const MAX_COLUMNS = 50_000

export const createLayouts = (pool: Pool): LayoutOf => {
  const kept = new LRUCache<string, Layout>({
    maxSize: MAX_COLUMNS,
    sizeCalculation: (layout) => layout.size + 1,
  })
  return async (row, now) => {
    if (row.layout === null) return now
    const key = `${row.tableOid} ${row.layout}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const layout = await readLayout(pool, row.tableOid, row.layout)
    kept.set(key, layout)
    return layout
  }
}
