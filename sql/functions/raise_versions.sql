-- Raises the versions of these workspaces, once in a transaction. Locks their rows in the order of their ids, before any row of the registry: changes through the metadata API lock
-- them in the same order. Of tables and workspaces the order is the opposite, since Postgres locks a table before it calls an event
-- trigger: a metadata change that waits for the table meanwhile is repeated, so the deadlock is left to that session to detect.
create or replace function tenantry.raise_versions(schemas text[]) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  -- Workspaces whose version this transaction has raised, kept in a setting that ends (and rolls back) with it.
  raised text := coalesce(current_setting('tenantry.raised', true), '');
  patience constant text := current_setting('deadlock_timeout');
  may_wait constant boolean := has_parameter_privilege('deadlock_timeout', 'SET');
  workspace uuid;
begin
  if may_wait then
    perform set_config('deadlock_timeout', '60s', true);
  end if;
  for workspace in
    select w.id from tenantry.workspaces w
    where w.schema_name = any (schemas) and position(w.id::text in raised) = 0
    order by w.id
  loop
    update tenantry.workspaces set version = version + 1, updated_at = now() where id = workspace;
    raised := raised || ' ' || workspace;
  end loop;
  perform set_config('tenantry.raised', raised, true);
  if may_wait then
    perform set_config('deadlock_timeout', patience, true);
  end if;
end
$$;

revoke execute on function tenantry.raise_versions(text[]) from public;
