// The bound of the feed in bytes. Beyond it the oldest day goes, as if its retention had ended, and readers
// behind it get `reset`. Today's changes stay: writes are never refused, and what was just written is
// delivered.

import type { Pool } from 'pg'

interface FeedSize {
  /** Before days were dropped. */
  readonly bytes: number
  /** Names of the partitions that were dropped or emptied, the oldest first. */
  readonly dropped: readonly string[]
}

interface Day {
  readonly name: string
  readonly bytes: string
  /** The end of the day, of the default partition's youngest change; text keeps the microseconds. */
  readonly endsAt: string
  readonly isOver: boolean
}

/** The default partition goes as a whole, after its youngest day. It is empty where maintenance runs. */
const DAYS = `
  select d.name, d.bytes, d.ends_at::text as "endsAt", d.ends_at < clock_timestamp() as "isOver"
  from (
    select c.relname::text as name, pg_total_relation_size(c.oid)::text as bytes,
      case when c.relname ~ '^changes_[0-9]{8}$' then (to_date(right(c.relname::text, 8), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC'
      else (
        select (date_trunc('day', max(x.at) at time zone 'UTC') + interval '1 day') at time zone 'UTC'
        from tenantry_runtime.changes_default x
      ) end as ends_at
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'tenantry_runtime.changes'::regclass
  ) d
  order by d.ends_at nulls last, d.name`

/** The retention is measured from the end of the day, and reaches a millisecond beyond it. */
const DROP = `
  select tenantry_runtime.drop_partitions(clock_timestamp() - $1::timestamptz - interval '1 millisecond')`

/** Drops the oldest days of the feed until the rest has at most `maxBytes`. */
export const boundFeed = async (pool: Pool, maxBytes: number): Promise<FeedSize> => {
  const { rows: days } = await pool.query<Day>(DAYS)
  const bytes = days.reduce((sum, day) => sum + Number(day.bytes), 0)
  const dropped: string[] = []
  let left = bytes
  for (const { name, bytes: ofDay, endsAt, isOver } of days) {
    if (left <= maxBytes || !isOver) break
    await pool.query(DROP, [endsAt])
    dropped.push(name)
    left -= Number(ofDay)
  }
  return { bytes, dropped }
}
