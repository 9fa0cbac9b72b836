-- The first changes of a workspace, at most `most`, in the order of their ids: those with ids from `first_id` to `last_id` that `target`
-- shows and `seen` does not. Without `with_dropped`, none of tables that were dropped since. The page ends with the change whose images
-- reach `most_bytes` together with the ones before; `bytes` is their sum.
create or replace function tenantry_runtime.page_of_changes(
  workspace uuid, first_id bigint, last_id bigint, seen pg_snapshot, target pg_snapshot, with_dropped boolean, most integer, most_bytes bigint
) returns table (change tenantry_runtime.changes, bytes bigint)
  language plpgsql stable
  set search_path = pg_catalog
  -- The planner takes the span for a small one: all changes of a reader that is far behind would be read and sorted for each page.
  set enable_seqscan = off
  set enable_bitmapscan = off
  set enable_sort = off
as $$
begin
  bytes := 0;
  for change in
    select c.* from tenantry_runtime.changes c
    where c.workspace_id = workspace and c.id >= first_id and c.id <= last_id
      and (c.xid >= pg_snapshot_xmax(seen) or c.xid = any (array(select pg_snapshot_xip(seen))))
      and pg_visible_in_snapshot(c.xid, target)
      and (with_dropped or exists (
        select from pg_class t where t.oid = coalesce(pg_partition_root(c.table_oid), c.table_oid)
      ))
    order by c.id limit most
  loop
    bytes := bytes + coalesce(octet_length(change.before::text), 0) + coalesce(octet_length(change.after::text), 0);
    return next;
    exit when bytes >= most_bytes;
  end loop;
end
$$;

revoke execute on function tenantry_runtime.page_of_changes(uuid, bigint, bigint, pg_snapshot, pg_snapshot, boolean, integer, bigint) from public;

-- The same without a bound in bytes, for gateways of earlier versions.
create or replace function tenantry_runtime.changes_between(
  workspace uuid, first_id bigint, last_id bigint, seen pg_snapshot, target pg_snapshot, with_dropped boolean, most integer
) returns setof tenantry_runtime.changes
  language sql stable
  set search_path = pg_catalog
as $$
  select (p.change).*
  from tenantry_runtime.page_of_changes(workspace, first_id, last_id, seen, target, with_dropped, most, 9223372036854775807) p
$$;

revoke execute on function tenantry_runtime.changes_between(uuid, bigint, bigint, pg_snapshot, pg_snapshot, boolean, integer) from public;
