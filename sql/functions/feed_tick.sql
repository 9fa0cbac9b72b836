-- Closes a window when changes became visible since the last one, and returns the newest window.
create or replace function tenantry_runtime.tick(out number bigint, out token bigint) returns record
  language sql
  set search_path = pg_catalog
as $$
  select w.number, w.token from tenantry_runtime.close_window(false) w
$$;

revoke execute on function tenantry_runtime.tick() from public;
