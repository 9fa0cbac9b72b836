-- Adds a registry row for every table of a workspace's schema, and updates the names and oids of existing rows.
create or replace function tenantry.register_tables(workspace uuid) returns void
  language sql volatile
  set search_path = pg_catalog
as $$
  select tenantry.register_relations(workspace, null)
$$;
