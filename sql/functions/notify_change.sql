-- Notifies every gateway on channel "tenantry". The payload is "<kind> <id>[ <version>]". Postgres delivers it with the commit,
-- exactly when the change becomes visible.
create or replace function tenantry.notify_change() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  if tg_op = 'DELETE' then
    perform pg_notify('tenantry', tg_argv[0] || ' ' || old.id);
  elsif tg_argv[0] = 'workspace' then
    perform pg_notify('tenantry', 'workspace ' || new.id || ' ' || new.version);
  else
    perform pg_notify('tenantry', tg_argv[0] || ' ' || new.id);
  end if;
  return null;
end
$$;
