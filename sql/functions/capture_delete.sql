-- Logs the rows that one statement deleted.
-- Rows beyond the 20,000th of a statement are logged with their key alone. The argument of the trigger is the workspace.
create or replace function tenantry_runtime.capture_delete() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
declare
  -- Once for the statement: in the select it would run for each row.
  author constant jsonb := tenantry_runtime.actor();
begin
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, is_complete, actor)
  select tg_argv[0]::uuid, tg_relid, 'd',
    case when o.at <= 20000 then o.row else tenantry_runtime.key_of(tg_relid, o.row) end, o.at <= 20000, author
  from (select row_number() over () as at, row_to_json(r.*) as row from old_rows r) o;
  return null;
end
$$;

-- A role that could execute it could hang it on a table of its own and forge entries.
revoke execute on function tenantry_runtime.capture_delete() from public;
