-- The permission matrix of a role for one relation, or (null) for all.
create or replace function tenantry.permission_matrix(role uuid, relation oid default null)
returns table (
  relation_oid oid, relation_name name,
  can_read boolean, can_create boolean, can_update boolean, can_soft_delete boolean, can_destroy boolean,
  all_columns name[], readable name[], insertable name[], updatable name[]
)
  language sql stable rows 100
  set search_path = pg_catalog
as $$
  select * from tenantry.permission_matrix(role, case when relation is not null then array[relation] end)
$$;

revoke execute on function tenantry.permission_matrix(uuid, oid) from public;
