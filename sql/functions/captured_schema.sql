-- The schema of a workspace, and whether its tables are captured: by its settings, or else by the installation's.
create or replace function tenantry.captured_schema(workspace uuid, out schema_oid oid, out is_captured boolean) returns record
  language sql stable
  set search_path = pg_catalog
as $$
  select n.oid, coalesce((w.settings ->> 'capture')::boolean, f.captures)
  from tenantry.workspaces w
  join pg_namespace n on n.nspname = w.schema_name
  cross join tenantry_runtime.feed f
  where w.id = workspace
$$;

revoke execute on function tenantry.captured_schema(uuid) from public;
