-- Whether Citus holds the rows of a table on a worker, or will at the end of the statement that creates it: event triggers run before
-- that. Its triggers run there, on a shard with an oid and a name of its own.
create or replace function tenantry.is_distributed(relation oid) returns boolean
  language plpgsql stable
  set search_path = pg_catalog
as $$
declare
  found boolean := false;
begin
  if to_regclass('pg_catalog.pg_dist_schema') is not null then
    execute 'select exists (select from pg_catalog.pg_dist_partition p where p.logicalrelid = $1)
      or exists (select from pg_catalog.pg_dist_schema s join pg_class c on c.relnamespace = s.schemaid where c.oid = $1)'
    into found using relation;
  end if;
  return found;
end
$$;

revoke execute on function tenantry.is_distributed(oid) from public;
