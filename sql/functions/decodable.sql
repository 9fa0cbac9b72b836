-- A row's image with a replacement character for each \u0000. JSON may hold the escape, but Postgres decodes no value of an object that does.
create or replace function tenantry_runtime.decodable(image json) returns json
  language sql immutable
  set search_path = pg_catalog
as $$
  select case when strpos(image::text, '\u0000') = 0 then image
    -- Behind an even number of backslashes: the others are text.
    else regexp_replace(image::text, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g')::json end
$$;

revoke execute on function tenantry_runtime.decodable(json) from public;
