-- The id of a record in a row's image, as /rest/{plural}/{id} takes it: the values of the key's columns, joined by commas.
create or replace function tenantry_runtime.record_id(key_columns text[], image json) returns text
  language sql immutable
  set search_path = pg_catalog
as $$
  select case when cardinality(key_columns) = 1 then i.image ->> key_columns[1]
    else (
      select case when bool_and(v.value is not null) then string_agg(replace(replace(v.value, '%', '%25'), ',', '%2C'), ',' order by k.place) end
      from unnest(key_columns) with ordinality k (name, place) cross join lateral (select i.image ->> k.name as value) v
    ) end
  from (select tenantry_runtime.decodable(image) as image) i
$$;

revoke execute on function tenantry_runtime.record_id(text[], json) from public;

-- The same for the key of a table. Times with a zone and intervals are spelled as the writer's session did; here they are spelled one way.
-- A JSON value keeps its quotes, which distinguish "1" from 1.
create or replace function tenantry_runtime.record_id(relation oid, key smallint[], key_columns text[], image json) returns text
  language sql stable
  set search_path = pg_catalog
  set timezone = 'UTC'
  set intervalstyle = 'postgres'
as $$
  select tenantry_runtime.record_id(key_columns, json_object_agg(n.name, case
      when t.typcategory = 'T' then to_json((i.image ->> n.name)::interval)
      when t.typcategory = 'D' and i.image ->> n.name ~ 'T.*[+-][0-9:]+( BC)?$' then to_json((i.image ->> n.name)::timestamptz)
      when 'jsonb'::regtype in (t.oid, t.typbasetype) then to_json((i.image -> n.name)::text)
      else i.image -> n.name
    end))
  from (select tenantry_runtime.decodable(image) as image) i, unnest(key_columns, key) n (name, number)
  join pg_attribute a on a.attrelid = relation and a.attnum = n.number
  join pg_type t on t.oid = a.atttypid
  where image is not null
$$;

revoke execute on function tenantry_runtime.record_id(oid, smallint[], text[], json) from public;

-- Whether a key holds times, intervals or JSON, whose spelling depends on the type.
create or replace function tenantry_runtime.has_times(relation oid, key smallint[]) returns boolean
  language sql stable
  set search_path = pg_catalog
as $$
  select exists (
    select from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = relation and a.attnum = any (key) and (t.typcategory in ('D', 'T') or 'jsonb'::regtype in (t.oid, t.typbasetype))
  )
$$;

revoke execute on function tenantry_runtime.has_times(oid, smallint[]) from public;
