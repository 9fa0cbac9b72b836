-- Changes of who is an administrator take turns: two who remove each other at one moment would leave none.
create or replace function tenantry.lock_members(workspace uuid) returns void
  language sql volatile
  set search_path = pg_catalog
as $$
  select pg_advisory_xact_lock(hashtextextended('tenantry members ' || workspace, 0))
$$;

revoke execute on function tenantry.lock_members(uuid) from public;
