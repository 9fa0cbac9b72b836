-- Gives the roles of a workspace their hold on its schema as a whole, after a schema has taken its name.
create or replace function tenantry.open_schema(workspace uuid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  workspace_schema text := (select schema_name from tenantry.workspaces where id = workspace);
  holder record;
begin
  for holder in
    select r.id, r.pg_role, tenantry.may_draw(r.id) as may_draw
    from tenantry.roles r join pg_roles p on p.rolname = r.pg_role
    where r.workspace_id = workspace
  loop
    execute format('grant usage on schema %I to %I', workspace_schema, holder.pg_role);
    perform tenantry.grant_matrix(holder.id);
    perform tenantry.grant_sequences(workspace_schema, holder.pg_role, holder.may_draw);
  end loop;
end
$$;

revoke execute on function tenantry.open_schema(uuid) from public;
