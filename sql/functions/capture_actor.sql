-- Who changes records: the claims of a request through the gateway; otherwise the database user, whose claims prove nothing.
-- Sets no search_path, so that the planner inlines it into the capture functions, which run for every write. The search path is the writer's.
create or replace function tenantry_runtime.actor() returns jsonb
  language sql stable
as $$
  select case when session_user operator(pg_catalog.=) any ('{tenantry_gateway,tenantry_gateway_2}'::pg_catalog.name[])
    then case when pg_catalog.current_setting('tenantry.claims', true) operator(pg_catalog.<>) ''
      then pg_catalog.current_setting('tenantry.claims', true)::pg_catalog.jsonb end
    else pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
      'databaseUser', session_user,
      'cause', case when pg_catalog.current_setting('tenantry.cause', true) operator(pg_catalog.<>) ''
        then pg_catalog.current_setting('tenantry.cause', true) end)) end
$$;

revoke execute on function tenantry_runtime.actor() from public;
