-- Logs the rows that one statement updated, except unchanged ones. The images of a single row are a pair, which is cheaper than numbering
-- them. Of more rows, row_number pairs the images, since both transition tables are filled in the same order; a key may change. The join
-- is full because such a join is hashed or merged: an inner join is planned as a nested loop for the first statement's one row, and the
-- plan is kept for the update of 10,000 rows.
-- Rows beyond the 20,000th of a statement are logged with their key alone.
-- Sets no search_path, which would cost each write some microseconds, so all names and operators are qualified: the path is the writer's.
-- The arguments of the trigger: the workspace and, where the trigger runs on a shard (tg_relid), the table.
create or replace function tenantry_runtime.capture_update() returns trigger
  language plpgsql security definer
as $$
begin
  -- The actor in a subquery, which runs once for all rows. Offset 0: each row becomes JSON once, not once for each use.
  if not exists (select from old_rows offset 1) then
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, after, actor)
    select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 'u', o.row, n.row, (select tenantry_runtime.actor())
    from (select pg_catalog.row_to_json(r.*) as row from old_rows r offset 0) o,
      (select pg_catalog.row_to_json(r.*) as row from new_rows r offset 0) n
    where (o.row::pg_catalog.text operator(pg_catalog.=) n.row::pg_catalog.text) is not true;
    return null;
  end if;
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, after, is_complete, actor)
  select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 'u',
    case when o.at operator(pg_catalog.<=) 20000 then o.row else tenantry_runtime.key_of(tg_relid, o.row) end,
    case when n.at operator(pg_catalog.<=) 20000 then n.row else tenantry_runtime.key_of(tg_relid, n.row) end,
    o.at operator(pg_catalog.<=) 20000, (select tenantry_runtime.actor())
  from (select pg_catalog.row_number() over () as at, pg_catalog.row_to_json(r.*) as row from old_rows r) o
  full join (select pg_catalog.row_number() over () as at, pg_catalog.row_to_json(r.*) as row from new_rows r) n
    on o.at operator(pg_catalog.=) n.at
  where (o.row::pg_catalog.text operator(pg_catalog.=) n.row::pg_catalog.text) is not true;
  return null;
end
$$;

-- A role that could execute it could hang it on a table of its own and forge entries.
revoke execute on function tenantry_runtime.capture_update() from public;
