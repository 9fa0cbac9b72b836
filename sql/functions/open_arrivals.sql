-- Opens all relations that a workspace's schema did not have before. Call it before register_tables, whose rows are the relations from before.
create or replace function tenantry.open_arrivals(workspace uuid) returns void
  language sql
  set search_path = pg_catalog
as $$
  select tenantry.open_relations(workspace, null)
$$;

revoke execute on function tenantry.open_arrivals(uuid) from public;
