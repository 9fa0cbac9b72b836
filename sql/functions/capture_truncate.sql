-- Logs that a table was emptied.
-- Sets no search_path, which would cost each write some microseconds, so all names and operators are qualified: the path is the writer's.
-- The arguments of the trigger: the workspace and, where the trigger runs on a shard (tg_relid), the table.
create or replace function tenantry_runtime.capture_truncate() returns trigger
  language plpgsql security definer
as $$
begin
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation, actor)
  values (tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 't', tenantry_runtime.actor());
  return null;
end
$$;

-- A role that could execute it could hang it on a table of its own and forge entries.
revoke execute on function tenantry_runtime.capture_truncate() from public;
