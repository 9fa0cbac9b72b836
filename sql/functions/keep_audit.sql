-- Rows of the audit log are neither changed nor deleted. The statement goes on without them: the gateway of the version before deletes old
-- ones together with other expired rows.
create or replace function tenantry.keep_audit() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  raise warning 'Rows of tenantry.audit are kept: the %s had no effect.', lower(tg_op)
    using hint = 'AUDIT_RETENTION_DAYS drops months that are older.';
  return null;
end
$$;

revoke execute on function tenantry.keep_audit() from public;
