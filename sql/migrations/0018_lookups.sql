-- The row of a table is looked up by its name and by its oid after every DDL statement.
create index objects_workspace_id_table_name_idx on tenantry.objects (workspace_id, table_name);
create index objects_table_oid_workspace_id_idx on tenantry.objects (table_oid, workspace_id);
drop index tenantry.objects_workspace_id_idx;
drop index tenantry.objects_table_oid_idx;
