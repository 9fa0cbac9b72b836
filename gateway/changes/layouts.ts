// The columns that tables had in the past. A layout never changes, so it is kept, up to a bound.

import type { Pool } from 'pg'
import { type FeedRow, type Layout, readLayout } from '../../tenants/changes/feed.ts'
import type { CacheBudget } from '../cache/budget.ts'

/** @param now the columns of the table now, for rows that have no recorded layout */
export type LayoutOf = (row: FeedRow, now: Layout) => Promise<Layout>

const BYTES_PER_COLUMN = 100

export const createLayouts = (pool: Pool, budget: CacheBudget): LayoutOf => {
  const kept = budget.open<string, Layout>({ name: 'past layouts' })
  /** The rows of a page ask for the same one at the same moment. */
  const loading = new Map<string, Promise<Layout>>()

  const load = async (key: string, { tableOid, layout: since }: FeedRow): Promise<Layout> => {
    try {
      const layout = await readLayout(pool, tableOid, since)
      kept.set(key, layout, BYTES_PER_COLUMN * (layout.size + 5))
      return layout
    } finally {
      loading.delete(key)
    }
  }

  return async (row, now) => {
    if (row.layout === null) return now
    const key = `${row.tableOid} ${row.layout}`
    const known = kept.get(key) ?? loading.get(key)
    if (known !== undefined) return known
    const loaded = load(key, row)
    loading.set(key, loaded)
    return loaded
  }
}
