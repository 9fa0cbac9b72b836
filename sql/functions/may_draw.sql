-- Whether a role draws numbers from sequences: those do who may create records of any object. A role that may not in general is asked
-- about the objects alone that have a permission of their own.
create or replace function tenantry.may_draw(role uuid) returns boolean
  language sql stable
  set search_path = pg_catalog
as $$
  select coalesce(r.can_create_all_object_records, r.can_update_all_object_records) or exists (
    select from (
      select array(
        select c.oid
        from tenantry.object_permissions p
        join tenantry.workspaces w on w.id = r.workspace_id
        join pg_namespace n on n.nspname = w.schema_name
        join pg_class c on c.relname = p.table_name and c.relnamespace = n.oid
        where p.role_id = r.id and coalesce(p.can_create, p.can_update)
      ) as relations
    ) own
    cross join lateral tenantry.permission_matrix(r.id, own.relations) m
    where own.relations <> '{}' and m.can_create
  )
  from tenantry.roles r where r.id = role
$$;

revoke execute on function tenantry.may_draw(uuid) from public;
