-- Logs that a table was emptied; of a partition, as a statement that deleted rows of the table that it belongs to.
-- Sets no search_path, which would cost each write some microseconds, so all names and operators are qualified: the path is the writer's.
-- The arguments of the trigger: the workspace and, where the trigger runs on a shard (tg_relid), the table.
create or replace function tenantry_runtime.capture_truncate() returns trigger
  language plpgsql security definer
as $$
declare
  is_part constant boolean := coalesce(pg_catalog.pg_partition_root(tg_relid)::pg_catalog.oid operator(pg_catalog.<>) tg_relid, false);
begin
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation, statement, actor)
  values (tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), case when is_part then 's' else 't' end,
    case when is_part then 'd' end, tenantry_runtime.actor());
  return null;
end
$$;

-- A role that could execute it could hang it on a table of its own and forge entries.
revoke execute on function tenantry_runtime.capture_truncate() from public;
