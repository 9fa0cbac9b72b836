-- Logs the rows that one statement deleted.
-- Rows beyond the 20,000th of a statement are logged with their key alone.
-- The settings of the gateway's sessions spell an image, not the writer's; the five cost a write 2 to 4 µs. Sets no
-- search_path, which costs as much again before Postgres 17, so all names and operators are qualified: the path is the writer's.
-- The arguments of the trigger: the workspace and, where the trigger runs on a shard (tg_relid), the table.
create or replace function tenantry_runtime.capture_delete() returns trigger
  language plpgsql security definer
  set extra_float_digits = 1
  set bytea_output = 'hex'
  set datestyle = 'ISO'
  set intervalstyle = 'postgres'
  set timezone = 'UTC'
as $$
-- Columns may be called as the variables are.
#variable_conflict use_variable
declare
  amount pg_catalog.int8;
begin
  -- A limit, since numbering the rows costs a statement of one row as much as its JSON. The actor in a subquery, which runs once for all
  -- rows.
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, actor)
  select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 'd', pg_catalog.row_to_json(r.*),
    (select tenantry_runtime.actor())
  from old_rows r limit 20000;
  get diagnostics amount = row_count;
  if amount operator(pg_catalog.=) 20000 then
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, is_complete, actor)
    select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 'd', tenantry_runtime.key_of(tg_relid, n.row), false,
      (select tenantry_runtime.actor())
    from (select pg_catalog.row_to_json(r.*) as row from old_rows r offset 20000) n;
  end if;
  return null;
end
$$;

-- A role that could execute it could hang it on a table of its own and forge entries.
revoke execute on function tenantry_runtime.capture_delete() from public;
