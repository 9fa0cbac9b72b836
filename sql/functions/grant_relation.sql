-- Grants one relation to all roles of its workspace, after its columns or its name have changed.
create or replace function tenantry.grant_relation(workspace_schema text, relation oid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  role uuid;
begin
  perform tenantry.follow_renames(workspace_schema);
  for role in
    select r.id from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id
    where w.schema_name = workspace_schema and r.pg_role is not null
  loop
    perform tenantry.grant_matrix(role, relation);
  end loop;
end
$$;

revoke execute on function tenantry.grant_relation(text, oid) from public;
