-- The id of a record in a row's image, as /rest/{plural}/{id} takes it: the values of the key's columns, joined by commas.
create or replace function tenantry_runtime.record_id(key_columns text[], image json) returns text
  language sql immutable
  set search_path = pg_catalog
as $$
  select case when cardinality(key_columns) = 1 then image ->> key_columns[1]
    else (
      select case when bool_and(v.value is not null) then string_agg(replace(replace(v.value, '%', '%25'), ',', '%2C'), ',' order by k.place) end
      from unnest(key_columns) with ordinality k (name, place) cross join lateral (select image ->> k.name as value) v
    ) end
$$;

revoke execute on function tenantry_runtime.record_id(text[], json) from public;
