-- The catalog rows of a schema's tables and views, or of those among some (null: all). All are found by way of pg_depend: pg_class has no
-- index on the schema, and thousands of schemas lie side by side. Without a setting of its own, so that Postgres plans it with its caller.
create or replace function tenantry.relations_of(workspace_schema text, relations oid[]) returns setof pg_catalog.pg_class
  language sql stable
as $$
  select c.*
  from pg_catalog.pg_class c
  where relations is not null and c.oid = any (relations) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = workspace_schema)
  union all
  select c.*
  from pg_catalog.pg_namespace n
  join pg_catalog.pg_depend d
    on d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.refobjid = n.oid
    and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  join pg_catalog.pg_class c on c.oid = d.objid and c.relkind in ('r', 'p', 'v', 'm', 'f')
  where relations is null and n.nspname = workspace_schema
$$;

revoke execute on function tenantry.relations_of(text, oid[]) from public;
