-- The names that the columns of a table's key had at a time. A column keeps its number when it is renamed.
create or replace function tenantry_runtime.key_names(relation oid, key smallint[], moment timestamptz) returns text[]
  language sql stable
  set search_path = pg_catalog
as $$
  select array_agg(coalesce(l.columns -> n.number::text ->> 0, a.attname::text) order by n.place)
  from unnest(key) with ordinality n (number, place)
  join pg_attribute a on a.attrelid = relation and a.attnum = n.number
  left join lateral (
    select l.columns from tenantry_runtime.layouts l where l.table_oid = relation and l.since <= moment order by l.since desc limit 1
  ) l on true
$$;

revoke execute on function tenantry_runtime.key_names(oid, smallint[], timestamptz) from public;
