-- Grants a role the privileges of its permission matrix, on one relation or (null) on all.
create or replace function tenantry.grant_matrix(role uuid, relation oid default null) returns void
  language sql
  set search_path = pg_catalog
as $$
  select tenantry.grant_relations(role, case when relation is not null then array[relation] end)
$$;

revoke execute on function tenantry.grant_matrix(uuid, oid) from public;
