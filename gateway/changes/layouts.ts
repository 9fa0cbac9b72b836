// The columns that tables had in the past. A layout never changes, so it is kept, up to a bound.

import type { Pool } from 'pg'
import { type FeedRow, type Layout, readLayout } from '../../tenants/changes/feed.ts'
import type { CacheBudget } from '../cache/budget.ts'

/** @param now the columns of the table now, for rows that have no recorded layout */
export type LayoutOf = (row: FeedRow, now: Layout) => Promise<Layout>

const BYTES_PER_COLUMN = 100

export const createLayouts = (pool: Pool, budget: CacheBudget): LayoutOf => {
  const kept = budget.open<string, Layout>({ name: 'past layouts' })
  return async (row, now) => {
    if (row.layout === null) return now
    const key = `${row.tableOid} ${row.layout}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const layout = await readLayout(pool, row.tableOid, row.layout)
    kept.set(key, layout, BYTES_PER_COLUMN * (layout.size + 5))
    return layout
  }
}
