// How the change log stands, in all workspaces.

import type { Pool } from 'pg'

export interface FeedState {
  /** Age of the oldest change that no window holds; 0: none waits. Without readers no window is closed. */
  readonly unreadSeconds: number
  readonly bytes: number
  readonly partitions: number
  /** Tables whose changes should be logged, and that lack a trigger or have a disabled one. */
  readonly uncapturedTables: number
}

/** The first change by the order of transactions: the oldest one is hardly older. */
const UNREAD = `(
    select c.at from tenantry_runtime.changes c
    where c.xid >= (select pg_snapshot_xmax(w.snapshot) from tenantry_runtime.windows w order by w.number desc limit 1)
    order by c.xid, c.id limit 1
  )`

const UNCAPTURED = `(
    select count(*)::int from tenantry.objects o
    join tenantry.workspaces w on w.id = o.workspace_id
    join pg_catalog.pg_class c on c.oid = o.table_oid and c.relkind in ('r', 'p')
    left join (
      select t.tgrelid, count(*) as triggers from pg_catalog.pg_trigger t
      where t.tgfoid = any (tenantry_runtime.capture_functions()) and t.tgenabled in ('O', 'A') group by t.tgrelid
    ) t on t.tgrelid = c.oid
    where tenantry.is_captured(o.captures, o.keeps_history, w.settings, f.captures) and coalesce(t.triggers, 0) < 4
  )`

export const readFeedState = async (pool: Pool): Promise<FeedState> => {
  const { rows } = await pool.query<FeedState>({
    name: 'tenantry_feed_state',
    text: `select coalesce(greatest(extract(epoch from clock_timestamp() - ${UNREAD}), 0), 0)::float8 as "unreadSeconds",
        p.bytes, p.partitions, ${UNCAPTURED} as "uncapturedTables"
      from tenantry_runtime.feed f, (
        select coalesce(sum(pg_total_relation_size(i.inhrelid)), 0)::float8 as bytes, count(*)::int as partitions
        from pg_catalog.pg_inherits i where i.inhparent = 'tenantry_runtime.changes'::regclass
      ) p`,
  })
  return rows[0] ?? { unreadSeconds: 0, bytes: 0, partitions: 0, uncapturedTables: 0 }
}
