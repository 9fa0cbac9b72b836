-- The key columns of a row that stands as JSON: those of the primary key, else of the unique keys whose columns are never null.
create or replace function tenantry_runtime.key_of(relation oid, image json) returns json
  language sql stable
  set search_path = pg_catalog
as $$
  select json_object_agg(e.key, e.value)
  from json_each(tenantry_runtime.decodable(image)) e
  where e.key in (
    select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = relation and (i.indisprimary or i.indisunique and i.indpred is null and i.indexprs is null)
      and a.attnotnull
  )
$$;

revoke execute on function tenantry_runtime.key_of(oid, json) from public;
