-- Records the columns of captured tables in a schema (or of the named ones) where they differ from what was recorded last. Runs in the
-- transaction that changed them, which keeps writers out: an image taken later has a later time.
create or replace function tenantry_runtime.record_layouts(schema_oid oid, relations oid[] default null) returns void
  language sql volatile
  set search_path = pg_catalog
as $$
  insert into tenantry_runtime.layouts (table_oid, since, columns)
  select c.oid, case when last.columns is null then '-infinity' else clock_timestamp() end, now.columns
  from (
    select unnest(relations) as oid
    union all
    select d.objid from pg_depend d
    where relations is null and d.refclassid = 'pg_namespace'::regclass and d.refobjid = schema_oid and d.classid = 'pg_class'::regclass
  ) given
  join pg_class c on c.oid = given.oid and c.relnamespace = schema_oid and c.relkind in ('r', 'p')
  cross join lateral (
    select jsonb_object_agg(a.attnum, jsonb_build_array(a.attname, a.atttypid, a.atttypmod)) as columns
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) now
  left join lateral (
    select l.columns from tenantry_runtime.layouts l where l.table_oid = c.oid order by l.since desc limit 1
  ) last on true
  where now.columns is distinct from last.columns and now.columns is not null
  on conflict do nothing
$$;

revoke execute on function tenantry_runtime.record_layouts(oid, oid[]) from public;
