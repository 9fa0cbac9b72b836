-- The first changes of each workspace, at most `most` of each, by workspace in the order given, and by id. They end with the change whose
-- images reach `most_bytes` together with the ones before; `bytes` is their sum.
create or replace function tenantry_runtime.pages_of_changes(
  workspaces uuid[], first_id bigint, last_id bigint, seen pg_snapshot, target pg_snapshot, most integer, most_bytes bigint
) returns table (change tenantry_runtime.changes, bytes bigint)
  language plpgsql stable
  set search_path = pg_catalog
as $$
declare
  workspace uuid;
  total bigint := 0;
  page record;
begin
  foreach workspace in array workspaces loop
    for page in
      select p.change, total + p.bytes as bytes
      from tenantry_runtime.page_of_changes(workspace, first_id, last_id, seen, target, true, most, most_bytes - total) p
    loop
      change := page.change;
      bytes := page.bytes;
      return next;
    end loop;
    total := coalesce(bytes, 0);
    exit when total >= most_bytes;
  end loop;
end
$$;

revoke execute on function tenantry_runtime.pages_of_changes(uuid[], bigint, bigint, pg_snapshot, pg_snapshot, integer, bigint) from public;
