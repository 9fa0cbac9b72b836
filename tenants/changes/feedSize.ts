// The bound of the feed in bytes. Beyond it the oldest day goes, as if its retention had ended, and readers
// behind it get `reset`. Today's changes stay: writes are never refused, and what was just written is
// delivered.

import type { Pool } from 'pg'

interface FeedSize {
  /** Before days were dropped. */
  readonly bytes: number
  /** Names of the partitions that were dropped, the oldest first. */
  readonly dropped: readonly string[]
}

interface Day {
  readonly name: string
  readonly bytes: string
  readonly isOver: boolean
}

const DAYS = `
  select c.relname::text as name, pg_total_relation_size(c.oid)::text as bytes,
         (to_date(right(c.relname::text, 8), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' < clock_timestamp() as "isOver"
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'tenantry_runtime.changes'::regclass and c.relname ~ '^changes_[0-9]{8}$'
  order by c.relname`

/** The retention is measured from the end of the day, and reaches a millisecond beyond it. */
const DROP = `
  select tenantry_runtime.drop_partitions(
    clock_timestamp() - (to_date(right($1, 8), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' - interval '1 millisecond')`

/** Drops the oldest days of the feed until the rest has at most `maxBytes`. */
export const boundFeed = async (pool: Pool, maxBytes: number): Promise<FeedSize> => {
  const { rows: days } = await pool.query<Day>(DAYS)
  const bytes = days.reduce((sum, day) => sum + Number(day.bytes), 0)
  const dropped: string[] = []
  let left = bytes
  for (const day of days) {
    if (left <= maxBytes || !day.isOver) break
    await pool.query(DROP, [day.name])
    dropped.push(day.name)
    left -= Number(day.bytes)
  }
  return { bytes, dropped }
}
