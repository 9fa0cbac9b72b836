-- Logs the rows that one statement inserted. A function of its own for each kind of statement: every session keeps a copy per trigger.
-- Rows beyond the 20,000th of a statement are logged with their key alone.
-- Sets no search_path, which costs as much as a row's JSON, so all names and operators are qualified: the search path is the writer's.
-- The arguments of the trigger: the workspace and, where the trigger runs on a shard (tg_relid), the table.
create or replace function tenantry_runtime.capture_insert() returns trigger
  language plpgsql security definer
as $$
-- Columns may be called as the variables are.
#variable_conflict use_variable
declare
  -- By this transaction. 0 where Postgres does not count them: in partitioned tables, and with track_counts off.
  amount pg_catalog.int8 := pg_catalog.pg_stat_get_xact_tuples_inserted(tg_relid);
begin
  -- A limit would cost a statement of one row a tenth more. The actor in a subquery, which runs once for all rows; a variable would be
  -- prepared in each transaction.
  if amount operator(pg_catalog.>) 0 and amount operator(pg_catalog.<=) 20000 then
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, after, actor)
    select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 'i', pg_catalog.row_to_json(r.*),
      (select tenantry_runtime.actor())
    from new_rows r;
    return null;
  end if;
  -- A limit, since numbering the rows costs as much as their JSON.
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation, after, actor)
  select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 'i', pg_catalog.row_to_json(r.*),
    (select tenantry_runtime.actor())
  from new_rows r limit 20000;
  get diagnostics amount = row_count;
  if amount operator(pg_catalog.=) 20000 then
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, after, is_complete, actor)
    select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 'i', tenantry_runtime.key_of(tg_relid, n.row), false,
      (select tenantry_runtime.actor())
    from (select pg_catalog.row_to_json(r.*) as row from new_rows r offset 20000) n;
  end if;
  return null;
end
$$;

-- A role that could execute it could hang it on a table of its own and forge entries.
revoke execute on function tenantry_runtime.capture_insert() from public;
