-- Restarts the feed of a workspace for its readers, where that is due: positions from before are answered with a reset. Readers of all
-- workspaces find an entry for it in the log (operation r), which is visible only after that window. Call it after capture triggers have
-- been restarted, whose commits must come first.
create or replace function tenantry_runtime.restart_feed(workspace uuid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  perform from tenantry_runtime.feed_resets r where r.workspace_id = workspace and r.is_due for update;
  if not found then
    return;
  end if;
  update tenantry_runtime.feed_resets r
  set number = (select w.number from tenantry_runtime.close_window(true) w),
    is_due = exists (
      select from tenantry.captured_schema(workspace) s
      join pg_class c on c.relnamespace = s.schema_oid
      join tenantry_runtime.captured t on t.table_oid = c.oid
      where t.since = 'infinity'
    )
  where r.workspace_id = workspace;
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation) values (workspace, 0, 'r');
end
$$;

revoke execute on function tenantry_runtime.restart_feed(uuid) from public;
