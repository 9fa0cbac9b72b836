-- The functions behind capture triggers.
create or replace function tenantry_runtime.capture_functions() returns oid[]
  language sql immutable
  set search_path = pg_catalog
as $$
  select array[
    'tenantry_runtime.capture_insert()'::regprocedure, 'tenantry_runtime.capture_update()'::regprocedure,
    'tenantry_runtime.capture_delete()'::regprocedure, 'tenantry_runtime.capture_truncate()'::regprocedure,
    'tenantry_runtime.capture_statement()'::regprocedure
  ]::oid[]
$$;

revoke execute on function tenantry_runtime.capture_functions() from public;
