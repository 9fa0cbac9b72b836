-- The next changes for webhooks, at most `most`: what the window (to_number, to_token) shows, or without one the newest, and the window
-- (from_number, from_token) does not, behind (read_xid, read_id). Webhooks of operators read all changes, others only the changes of
-- workspaces with webhooks. In the order of (xid, id), the index of the log, so a page costs its rows however large the window is: first
-- the transactions that ran while the window before was closed, then the ones that began later. The page ends with the change whose
-- images reach `most_bytes` together with the ones before; `bytes` is their sum. Without rows, a window is unknown; a single row without
-- a change is an empty page.
create or replace function tenantry_runtime.webhook_page(
  from_number bigint, from_token bigint, to_number bigint, to_token bigint, read_xid xid8, read_id bigint, of_operators boolean, most integer,
  most_bytes bigint
) returns table (up_to bigint, up_to_token bigint, change tenantry_runtime.changes, bytes bigint)
  language plpgsql volatile
  set search_path = pg_catalog
  -- The planner expects few rows of any window: sorting them would look as cheap as the order of the index.
  set enable_sort = off
as $$
declare
  seen pg_snapshot;
  target pg_snapshot;
  spaces uuid[];
begin
  select w.snapshot into seen from tenantry_runtime.windows w where w.number = from_number and w.token = from_token;
  select w.number, w.token, w.snapshot into up_to, up_to_token, target from tenantry_runtime.windows w
  where case when to_number is null then w.number = (select max(n.number) from tenantry_runtime.windows n)
    else w.number = to_number and w.token = to_token end;
  if seen is null or target is null or up_to < from_number then
    return;
  end if;
  if not of_operators then
    spaces := array(select distinct w.workspace_id from tenantry.webhooks w where w.status <> 'disabled');
  end if;
  bytes := 0;
  for change in
    select p.* from (
      (select c.* from pg_snapshot_xip(seen) x (xid)
        cross join lateral (
          select c.* from tenantry_runtime.changes c
          where c.xid = x.xid and pg_visible_in_snapshot(c.xid, target) and (c.xid, c.id) > (read_xid, read_id)
            and (spaces is null or c.workspace_id = any (spaces))
          order by c.xid, c.id limit most
        ) c
        where x.xid >= read_xid)
      union all
      (select c.* from tenantry_runtime.changes c
        where c.xid >= pg_snapshot_xmax(seen) and c.xid < pg_snapshot_xmax(target)
          and pg_visible_in_snapshot(c.xid, target) and (c.xid, c.id) > (read_xid, read_id)
          and (spaces is null or c.workspace_id = any (spaces))
        order by c.xid, c.id limit most)
    ) p
    order by p.xid, p.id limit most
  loop
    bytes := bytes + coalesce(octet_length(change.before::text), 0) + coalesce(octet_length(change.after::text), 0);
    return next;
    exit when bytes >= most_bytes;
  end loop;
  if not found then
    return next;
  end if;
end
$$;

revoke execute on function tenantry_runtime.webhook_page(bigint, bigint, bigint, bigint, xid8, bigint, boolean, integer, bigint) from public;
