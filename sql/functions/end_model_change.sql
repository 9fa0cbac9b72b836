-- Finishes a data-model change inside its transaction: updates ids, names and grants of the relations it changed, and raises
-- the version of the workspace. Unchanged relations are checked only where a change could have gone unnoticed.
create or replace function tenantry.end_model_change(workspace uuid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  workspace_schema text := (select schema_name from tenantry.workspaces where id = workspace);
  changed oid[];
begin
  update tenantry.workspaces set version = version + 1, updated_at = now() where id = workspace;
  perform tenantry.open_arrivals(workspace);
  perform tenantry.register_tables(workspace);
  perform tenantry.register_functions(workspace, null);
  perform tenantry.guard_members(workspace);
  perform tenantry.follow_renames(workspace_schema);
  -- Where no event trigger sees what is done by hand, that has no grants yet either: all relations, then.
  if exists (select from pg_event_trigger where evtname = 'tenantry_ddl' and evtenabled in ('O', 'A')) then
    changed := tenantry.relations_changed_here(workspace_schema);
  end if;
  -- Rules may have been lost, or come back, on relations that the change has not touched.
  perform tenantry.grant_relations(
    r.id, case when not exists (select from tenantry.row_rules u where u.role_id = r.id) then changed end
  ) from tenantry.roles r where r.workspace_id = workspace and r.pg_role is not null;
  perform tenantry.keep_capture(workspace, changed);
  perform tenantry.keep_drawn(workspace, null);
end
$$;

revoke execute on function tenantry.end_model_change(uuid) from public;
