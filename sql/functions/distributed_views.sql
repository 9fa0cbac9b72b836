-- Views of a schema that Citus has made on its workers, among some relations (null: all). Citus sends later grants on, but not the
-- privileges that the view had by then: default ones, and grants of an event trigger.
create or replace function tenantry.distributed_views(workspace_schema text, relations oid[]) returns oid[]
  language plpgsql stable
  set search_path = pg_catalog
as $$
declare
  found oid[] := '{}';
begin
  if to_regclass('pg_catalog.pg_dist_object') is not null then
    execute $query$
      select coalesce(array_agg(c.oid), '{}')
      from tenantry.relations_of($1, $2) c
      join pg_catalog.pg_dist_object d on d.classid = 'pg_class'::regclass and d.objid = c.oid
      where c.relkind = 'v'
    $query$ into found using workspace_schema, relations;
  end if;
  return found;
end
$$;

revoke execute on function tenantry.distributed_views(text, oid[]) from public;
