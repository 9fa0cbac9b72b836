-- Makes the audit log's partitions of this month and the next two (UTC), where the default partition holds none of their rows, and drops
-- the ones that ended `days` ago; null keeps all. The default partition ends with its newest row. Locks give up after 0.2 s; maintenance
-- tries again.
create or replace function tenantry.turn_audit(days integer, today timestamptz default clock_timestamp()) returns integer
  language plpgsql
  set search_path = pg_catalog
  set lock_timeout = '200ms'
as $$
declare
  part record;
  month timestamp;
  opens timestamptz;
  closes timestamptz;
  horizon constant timestamptz := today - days * interval '1 day';
  dropped integer := 0;
begin
  for month in select date_trunc('month', today at time zone 'UTC') + n * interval '1 month' from generate_series(0, 2) n loop
    opens := month at time zone 'UTC';
    closes := (month + interval '1 month') at time zone 'UTC';
    continue when to_regclass('tenantry.audit_' || to_char(month, 'YYYYMM')) is not null;
    -- One partition holds everything from before the log had partitions.
    continue when exists (
      select from pg_class c where c.relnamespace = 'tenantry'::regnamespace and c.relname ~ '^audit_before_\d{6}$'
        and to_date(right(c.relname::text, 6), 'YYYYMM') > month
    );
    continue when exists (select from tenantry.audit_default d where d.at >= opens and d.at < closes);
    execute format('create table tenantry.%I partition of tenantry.audit for values from (%L) to (%L)',
      'audit_' || to_char(month, 'YYYYMM'), opens, closes);
  end loop;
  if days is null then
    return 0;
  end if;
  for part in
    select c.oid::regclass as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'tenantry.audit'::regclass and c.relname ~ '^audit(_before)?_\d{6}$'
      and (to_date(right(c.relname::text, 6), 'YYYYMM') + case when c.relname ~ 'before' then interval '0' else interval '1 month' end)
        at time zone 'UTC' < horizon
  loop
    execute format('drop table %s', part.name);
    dropped := dropped + 1;
  end loop;
  if (select max(d.at) < horizon from tenantry.audit_default d) then
    drop table tenantry.audit_default;
    create table tenantry.audit_default partition of tenantry.audit default;
    dropped := dropped + 1;
  end if;
  return dropped;
end
$$;

revoke execute on function tenantry.turn_audit(integer, timestamptz) from public;
