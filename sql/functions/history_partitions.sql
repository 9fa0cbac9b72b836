-- Makes the history's partitions of this month and the next (UTC) in each retention class, where the default partition holds none of
-- their rows, and drops those whose youngest entry is older than the class. Locks give up after 0.2 s; maintenance tries again.
create or replace function tenantry_runtime.turn_history() returns integer
  language plpgsql
  set search_path = pg_catalog
  set lock_timeout = '200ms'
as $$
declare
  class record;
  part record;
  month timestamp;
  opens timestamptz;
  closes timestamptz;
  is_held boolean;
  dropped integer := 0;
begin
  for class in select days, format('tenantry_runtime.history_%s', days) as whole from unnest('{30,90,365,1095}'::integer[]) days loop
    for month in select date_trunc('month', clock_timestamp() at time zone 'UTC') + n * interval '1 month' from generate_series(0, 1) n loop
      continue when to_regclass(format('%s_%s', class.whole, to_char(month, 'YYYYMM'))) is not null;
      opens := month at time zone 'UTC';
      closes := (month + interval '1 month') at time zone 'UTC';
      execute format('select exists (select from %s_default where at >= %L and at < %L)', class.whole, opens, closes) into is_held;
      continue when is_held;
      execute format('create table %1$s_%2$s partition of %1$s for values from (%3$L) to (%4$L)', class.whole, to_char(month, 'YYYYMM'), opens, closes);
    end loop;
    for part in
      select c.oid::regclass as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = class.whole::regclass and c.relname ~ '_\d{6}$'
        and (to_date(right(c.relname::text, 6), 'YYYYMM') + interval '1 month') at time zone 'UTC'
          < clock_timestamp() - class.days * interval '1 day'
    loop
      execute format('drop table %s', part.name);
      dropped := dropped + 1;
    end loop;
    execute format('delete from %s_default where at < %L', class.whole, clock_timestamp() - class.days * interval '1 day');
  end loop;
  return dropped;
end
$$;

revoke execute on function tenantry_runtime.turn_history() from public;
