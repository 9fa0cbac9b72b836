-- Logs the rows of one statement (statement triggers tenantry_insert, _update, _delete, _truncate of captured tables).
-- Arguments of the trigger: the workspace, and whether the table has a key ('keyed' or 'keyless').
-- row_number pairs the images of an update, since both transition tables are filled in the same order; a key may change. The join is
-- full because such a join is hashed or merged: an inner join is planned as a nested loop for the first statement's one row, and
-- the plan is kept for the update of 10,000 rows.
create or replace function tenantry_runtime.capture() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
declare
  -- Rows of one statement that are logged whole; of the others the key.
  whole_rows constant bigint := 20000;
  actor constant jsonb := tenantry_runtime.actor();
  amount bigint;
begin
  if tg_op = 'TRUNCATE' then
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, actor)
    values (tg_argv[0]::uuid, tg_relid, 't', actor);
  elsif tg_argv[1] = 'keyless' then
    if tg_op = 'DELETE' then
      select count(*) into amount from old_rows;
    else
      select count(*) into amount from new_rows;
    end if;
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, statement, row_count, actor)
    select tg_argv[0]::uuid, tg_relid, 's', lower(left(tg_op, 1))::"char", amount, actor where amount > 0;
  elsif tg_op = 'INSERT' then
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, after, is_complete, actor)
    select tg_argv[0]::uuid, tg_relid, 'i',
      case when n.at <= whole_rows then n.row else tenantry_runtime.key_of(tg_relid, n.row) end, n.at <= whole_rows, actor
    from (select row_number() over () as at, row_to_json(r) as row from new_rows r) n;
  elsif tg_op = 'UPDATE' then
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, after, is_complete, actor)
    select tg_argv[0]::uuid, tg_relid, 'u',
      case when at <= whole_rows then o.row else tenantry_runtime.key_of(tg_relid, o.row) end,
      case when at <= whole_rows then n.row else tenantry_runtime.key_of(tg_relid, n.row) end, at <= whole_rows, actor
    from (select row_number() over () as at, row_to_json(r) as row from old_rows r) o
    full join (select row_number() over () as at, row_to_json(r) as row from new_rows r) n using (at)
    where o.row::text is distinct from n.row::text;
  else
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, is_complete, actor)
    select tg_argv[0]::uuid, tg_relid, 'd',
      case when o.at <= whole_rows then o.row else tenantry_runtime.key_of(tg_relid, o.row) end, o.at <= whole_rows, actor
    from (select row_number() over () as at, row_to_json(r) as row from old_rows r) o;
  end if;
  return null;
end
$$;

-- A role that could execute it could hang it on a table of its own and forge entries.
revoke execute on function tenantry_runtime.capture() from public;
