-- Relations of a schema that the current transaction has changed: it wrote their catalog row or that of a column. Changes under a
-- savepoint have a different transaction id and are missed.
create or replace function tenantry.relations_changed_here(workspace_schema text) returns oid[]
  language sql stable
  set search_path = pg_catalog
as $$
  select coalesce(array_agg(c.oid), '{}')
  from pg_namespace n
  join pg_depend d on d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid and d.classid = 'pg_class'::regclass
  join pg_class c on c.oid = d.objid and c.relkind in ('r', 'p', 'v', 'm', 'f')
  where n.nspname = workspace_schema and (
    c.xmin = pg_current_xact_id()::xid
    or exists (select from pg_attribute a where a.attrelid = c.oid and a.xmin = pg_current_xact_id()::xid)
  )
$$;

revoke execute on function tenantry.relations_changed_here(text) from public;
