-- Logs one statement on a table without a key, with the number of its rows.
-- Sets no search_path, which would cost each write some microseconds, so all names and operators are qualified: the path is the writer's.
-- The arguments of the trigger: the workspace and, where the trigger runs on a shard (tg_relid), the table.
create or replace function tenantry_runtime.capture_statement() returns trigger
  language plpgsql security definer
as $$
declare
  amount pg_catalog.int8;
begin
  if tg_op operator(pg_catalog.=) 'DELETE' then
    select pg_catalog.count(*) into amount from old_rows;
  else
    select pg_catalog.count(*) into amount from new_rows;
  end if;
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation, statement, row_count, actor)
  select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 's',
    pg_catalog.lower(pg_catalog.left(tg_op, 1))::pg_catalog."char", amount, tenantry_runtime.actor()
  where amount operator(pg_catalog.>) 0;
  return null;
end
$$;

revoke execute on function tenantry_runtime.capture_statement() from public;
