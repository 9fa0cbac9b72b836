-- Updates the names stored in permissions and rules after a rename by hand, and their oids after a table was recreated under its
-- name. Returns at once for workspaces without restrictions, which are most.
create or replace function tenantry.follow_renames(workspace_schema text) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  permissions text;
  has_columns boolean;
begin
  if not exists (
    select from tenantry.workspaces w join tenantry.roles r on r.workspace_id = w.id
    where w.schema_name = workspace_schema and (
      exists (select from tenantry.object_permissions p where p.role_id = r.id)
      or exists (select from tenantry.field_permissions p where p.role_id = r.id)
      or exists (select from tenantry.row_rule_groups p where p.role_id = r.id)
      or exists (select from tenantry.row_rules p where p.role_id = r.id)
    )
  ) then
    return;
  end if;
  for permissions, has_columns in
    values ('object_permissions', false), ('field_permissions', true), ('row_rule_groups', false), ('row_rules', true)
  loop
    execute format(
      'update tenantry.%I p set table_name = c.relname
       from pg_class c, pg_namespace n, tenantry.roles r, tenantry.workspaces w
       where c.oid = p.table_oid and c.relname <> p.table_name and n.oid = c.relnamespace and n.nspname = $1
         and r.id = p.role_id and w.id = r.workspace_id and w.schema_name = $1', permissions) using workspace_schema;
    execute format(
      'update tenantry.%I p set table_oid = c.oid %s
       from pg_class c, pg_namespace n, tenantry.roles r, tenantry.workspaces w
       where c.relname = p.table_name and n.oid = c.relnamespace and n.nspname = $1
         and p.table_oid is distinct from c.oid
         and r.id = p.role_id and w.id = r.workspace_id and w.schema_name = $1',
      permissions, case when has_columns then ', column_number = null' else '' end) using workspace_schema;
    continue when not has_columns;
    execute format(
      'update tenantry.%I p set column_name = a.attname
       from pg_attribute a, tenantry.roles r, tenantry.workspaces w
       where a.attrelid = p.table_oid and a.attnum = p.column_number and not a.attisdropped
         and a.attname <> p.column_name
         and r.id = p.role_id and w.id = r.workspace_id and w.schema_name = $1', permissions) using workspace_schema;
    execute format(
      'update tenantry.%I p set column_number = a.attnum
       from pg_attribute a, tenantry.roles r, tenantry.workspaces w
       where a.attrelid = p.table_oid and a.attname = p.column_name and not a.attisdropped and a.attnum > 0
         and p.column_number is distinct from a.attnum
         and r.id = p.role_id and w.id = r.workspace_id and w.schema_name = $1', permissions) using workspace_schema;
  end loop;
end
$$;

revoke execute on function tenantry.follow_renames(text) from public;
