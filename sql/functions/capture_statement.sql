-- Logs one statement on a table without a key, with the number of its rows.
-- The arguments of the trigger: the workspace and, where the trigger runs on a shard (tg_relid), the table.
create or replace function tenantry_runtime.capture_statement() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
declare
  amount bigint;
begin
  if tg_op = 'DELETE' then
    select count(*) into amount from old_rows;
  else
    select count(*) into amount from new_rows;
  end if;
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation, statement, row_count, actor)
  select tg_argv[0]::uuid, coalesce(tg_argv[1]::oid, tg_relid), 's', lower(left(tg_op, 1))::"char", amount, tenantry_runtime.actor() where amount > 0;
  return null;
end
$$;

revoke execute on function tenantry_runtime.capture_statement() from public;
