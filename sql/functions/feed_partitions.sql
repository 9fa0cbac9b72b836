-- Makes the feed's partitions of the coming days, one per day (UTC). Today's is made only where the default partition holds none of its
-- rows. Creating a partition scans the default one, which is empty unless maintenance stood still for days.
create or replace function tenantry_runtime.make_partitions(days integer default 7) returns void
  language plpgsql
  set search_path = pg_catalog
  set lock_timeout = '200ms'
as $$
declare
  today constant date := (clock_timestamp() at time zone 'UTC')::date;
  day date;
  opens timestamptz;
begin
  for day in select today + n from generate_series(0, days) n loop
    opens := day::timestamp at time zone 'UTC';
    continue when to_regclass('tenantry_runtime.changes_' || to_char(day, 'YYYYMMDD')) is not null;
    continue when exists (select from tenantry_runtime.changes_default c where c.at >= opens and c.at < opens + interval '1 day');
    -- Attached, because that does not wait for open writers, and `create table … partition of` does.
    execute format('create table tenantry_runtime.%1$I (like tenantry_runtime.changes including defaults);
      alter table tenantry_runtime.changes attach partition tenantry_runtime.%1$I for values from (%2$L) to (%3$L)',
      'changes_' || to_char(day, 'YYYYMMDD'), opens, opens + interval '1 day');
  end loop;
end
$$;

revoke execute on function tenantry_runtime.make_partitions(integer) from public;
