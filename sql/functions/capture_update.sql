-- Logs the rows that one statement updated, except unchanged ones. The images of a single row are a pair, which is cheaper than numbering
-- them. Of more rows, row_number pairs the images, since both transition tables are filled in the same order; a key may change. The join
-- is full because such a join is hashed or merged: an inner join is planned as a nested loop for the first statement's one row, and the
-- plan is kept for the update of 10,000 rows.
-- A trigger may swallow rows that the update moves to another partition: then there are fewer new rows, and keys pair the images.
-- Rows beyond the 20,000th of a statement are logged with their key alone.
-- The settings of the gateway's sessions spell an image, not the writer's; the five cost a write 2 to 4 µs. Sets no
-- search_path, which costs as much again before Postgres 17, so all names and operators are qualified: the path is the writer's.
-- The arguments of the trigger: the workspace and, where the trigger runs on a shard (tg_relid), the table.
create or replace function tenantry_runtime.capture_update() returns trigger
  language plpgsql security definer
  set extra_float_digits = 1
  set bytea_output = 'hex'
  set datestyle = 'ISO'
  set intervalstyle = 'postgres'
  set timezone = 'UTC'
as $$
declare
  amount pg_catalog.int8;
begin
  -- The actor in a subquery, which runs once for all rows. Offset 0: each row becomes JSON once, not once for each use.
  if not exists (select from old_rows offset 1) then
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, after, actor)
    select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 'u', o.row, n.row, (select tenantry_runtime.actor())
    from (select pg_catalog.row_to_json(r.*) as row from old_rows r offset 0) o,
      (select pg_catalog.row_to_json(r.*) as row from new_rows r offset 0) n
    where (o.row::pg_catalog.text operator(pg_catalog.=) n.row::pg_catalog.text) is not true;
    if not found and not exists (select from new_rows) then
      insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, actor)
      select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid), 'd', pg_catalog.row_to_json(r.*),
        (select tenantry_runtime.actor())
      from old_rows r;
    end if;
    return null;
  end if;
  amount := (select pg_catalog.count(*) from old_rows);
  if amount operator(pg_catalog.<>) (select pg_catalog.count(*) from new_rows) then
    insert into tenantry_runtime.changes (workspace_id, table_oid, operation, before, after, is_complete, actor)
    select tg_argv[0]::pg_catalog.uuid, coalesce(tg_argv[1]::pg_catalog.oid, tg_relid),
      case when n.key is null then 'd' when o.key is null then 'i' else 'u' end,
      case when amount operator(pg_catalog.<=) 20000 then o.row else o.key end,
      case when amount operator(pg_catalog.<=) 20000 then n.row else n.key end,
      amount operator(pg_catalog.<=) 20000, (select tenantry_runtime.actor())
    from (
      select r.row, tenantry_runtime.key_of(tg_relid, r.row) as key from (select pg_catalog.row_to_json(r.*) as row from old_rows r) r
    ) o
    full join (
      select r.row, tenantry_runtime.key_of(tg_relid, r.row) as key from (select pg_catalog.row_to_json(r.*) as row from new_rows r) r
    ) n on o.key::pg_catalog.text operator(pg_catalog.=) n.key::pg_catalog.text
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
