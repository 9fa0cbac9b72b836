-- Changes by workspace and id, in the order given; `place` is the place in the arrays, from 1. They end with the change whose images
-- reach `most_bytes` together with the ones before; `bytes` is their sum.
create or replace function tenantry_runtime.changes_by_id(workspaces uuid[], ids bigint[], most_bytes bigint)
  returns table (place integer, change tenantry_runtime.changes, bytes bigint)
  language plpgsql stable
  set search_path = pg_catalog
  set enable_seqscan = off
  set enable_bitmapscan = off
as $$
declare
  found record;
begin
  bytes := 0;
  for found in
    select a.place, c.change from unnest(workspaces, ids) with ordinality a (workspace_id, id, place)
    cross join lateral (
      select c as change from tenantry_runtime.changes c where c.workspace_id = a.workspace_id and c.id = a.id limit 1
    ) c
    order by a.place
  loop
    place := found.place;
    change := found.change;
    bytes := bytes + coalesce(octet_length(change.before::text), 0) + coalesce(octet_length(change.after::text), 0);
    return next;
    exit when bytes >= most_bytes;
  end loop;
end
$$;

revoke execute on function tenantry_runtime.changes_by_id(uuid[], bigint[], bigint) from public;
