-- Drops the feed's partitions whose youngest change is older than the retention, and the windows and layouts of that time. Each drop locks the log
-- for a moment, with every writer behind it, so it gives up after 0.2 s; the next round of maintenance tries again.
create or replace function tenantry_runtime.drop_partitions(retention interval) returns integer
  language plpgsql
  set search_path = pg_catalog
  set lock_timeout = '200ms'
as $$
declare
  part record;
  dropped integer := 0;
  horizon constant timestamptz := clock_timestamp() - retention;
begin
  for part in
    select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'tenantry_runtime.changes'::regclass and c.relname ~ '^changes_\d{8}$'
      and (to_date(right(c.relname::text, 8), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' < horizon
  loop
    execute format('drop table tenantry_runtime.%I', part.name);
    dropped := dropped + 1;
  end loop;
  -- Last, since a reader locks the log before its partitions. Emptied where all of it goes: deleted rows keep their space.
  if exists (select from tenantry_runtime.changes_default c where c.at < horizon) then
    lock table only tenantry_runtime.changes_default in access exclusive mode;
    if exists (select from tenantry_runtime.changes_default c where c.at >= horizon) then
      delete from tenantry_runtime.changes_default c where c.at < horizon;
    else
      truncate tenantry_runtime.changes_default;
    end if;
  end if;
  -- The newest window stays: the next one is made from it.
  delete from tenantry_runtime.windows w
  where w.at < horizon and w.number < (select max(l.number) from tenantry_runtime.windows l);
  -- A layout that was replaced before the history's longest retention no longer describes an image; nor does the layout of a
  -- dropped table, once the feed has none of its changes.
  delete from tenantry_runtime.layouts l
  where l.since < horizon and (
    exists (
      select from tenantry_runtime.layouts n
      where n.table_oid = l.table_oid and n.since > l.since and n.since < least(horizon, clock_timestamp() - interval '1096 days')
    )
    or not exists (select from pg_class c where c.oid = l.table_oid)
  );
  delete from tenantry_runtime.feed_resets r where not r.is_due and r.number <= (select min(w.number) from tenantry_runtime.windows w);
  delete from tenantry_runtime.captured s where not exists (select from pg_class c where c.oid = s.table_oid);
  return dropped;
end
$$;

revoke execute on function tenantry_runtime.drop_partitions(interval) from public;
