-- The number of each column of a record's key: the primary key, else the first unique key without nulls, as the API identifies records.
create or replace function tenantry_runtime.key_numbers(relation oid) returns smallint[]
  language sql stable
  set search_path = pg_catalog
as $$
  select (i.indkey::smallint[])[0:i.indnkeyatts - 1] from pg_index i
  where i.indrelid = relation and i.indisunique and i.indimmediate and i.indpred is null and i.indexprs is null and i.indisvalid
    and (i.indisprimary or not exists (
      select from pg_attribute a where a.attrelid = relation and a.attnum = any ((i.indkey::smallint[])[0:i.indnkeyatts - 1]) and not a.attnotnull
    ))
  order by i.indisprimary desc, i.indexrelid limit 1
$$;

revoke execute on function tenantry_runtime.key_numbers(oid) from public;
