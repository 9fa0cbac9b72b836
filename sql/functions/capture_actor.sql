-- Who changes records: the claims of a request through the gateway; otherwise the database user, whose claims prove nothing.
create or replace function tenantry_runtime.actor() returns jsonb
  language sql stable
  set search_path = pg_catalog
as $$
  select case when session_user = 'tenantry_gateway' then nullif(current_setting('tenantry.claims', true), '')::jsonb
    else jsonb_strip_nulls(jsonb_build_object('databaseUser', session_user, 'cause', nullif(current_setting('tenantry.cause', true), ''))) end
$$;

revoke execute on function tenantry_runtime.actor() from public;
