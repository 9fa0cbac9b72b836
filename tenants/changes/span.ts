// A part of the feed between two times, in whole windows: what was committed in that time, and a little more.

import type { Pool } from 'pg'
import { type FeedWindow, oldestWindow, tick } from './feed.ts'
import type { WebhookTables } from './webhookTables.ts'

interface FeedSpan {
  readonly after: FeedWindow
  readonly upTo: FeedWindow
}

/**
 * The last window that was closed before a time. Windows are numbered without gaps in the order of their
 * times, so it is found by halving.
 */
const LAST_BEFORE = `with recursive search as (
    select min(number) as low, max(number) as high from tenantry_runtime.windows
    union all
    select case when w.at < $1 then s.middle else s.low end, case when w.at < $1 then s.high else s.middle - 1 end
    from (select low, high, (low + high + 1) / 2 as middle from search where low < high) s
    join tenantry_runtime.windows w on w.number = s.middle
  )
  select w.number, w.token, next.number as "nextNumber", next.token as "nextToken"
  from search join tenantry_runtime.windows w on w.number = search.low
  left join tenantry_runtime.windows next on next.number = w.number + 1
  where search.low = search.high`

interface FoundWindow {
  readonly number: string
  readonly token: string
  readonly nextNumber: string | null
  readonly nextToken: string | null
}

const lastBefore = async (pool: Pool, time: Date): Promise<FoundWindow | undefined> =>
  (await pool.query<FoundWindow>(LAST_BEFORE, [time])).rows[0]

/** How far changes have become deliveries. */
const lastFannedOut = async (pool: Pool, { feed }: WebhookTables): Promise<FeedWindow | null> => {
  const { rows } = await pool.query<{ number: string; token: string }>(`select number, token from ${feed}`)
  const [row] = rows
  return row === undefined ? null : { number: Number(row.number), token: row.token }
}

/**
 * @param to null: everything that is committed by now
 * @param fannedOut ends where changes have not become deliveries yet of these webhooks; null: there too
 */
export const spanBetween = async (
  pool: Pool,
  from: Date,
  to: Date | null,
  { fannedOut = null }: { readonly fannedOut?: WebhookTables | null } = {},
): Promise<FeedSpan> => {
  const newest = await tick(pool)
  const start = await lastBefore(pool, from)
  const end = to === null ? undefined : await lastBefore(pool, to)
  const upTo =
    end?.nextNumber == null || end.nextToken === null
      ? newest
      : { number: Number(end.nextNumber), token: end.nextToken }
  const bound = fannedOut === null ? null : await lastFannedOut(pool, fannedOut)
  return {
    after:
      start === undefined ? await oldestWindow(pool) : { number: Number(start.number), token: start.token },
    upTo: bound !== null && bound.number < upTo.number ? bound : upTo,
  }
}

/** When the oldest change that the feed still has was committed, at the latest. */
export const feedReachesBackTo = async (pool: Pool): Promise<Date | null> =>
  (await pool.query<{ at: Date }>('select at from tenantry_runtime.windows order by number limit 1')).rows[0]
    ?.at ?? null
