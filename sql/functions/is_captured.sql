-- Whether the changes of a table are logged: by the setting of the object, else of its workspace, else of the installation; and always
-- where history is on. The third argument holds the workspace's settings.
create or replace function tenantry.is_captured(captures boolean, keeps_history boolean, settings jsonb, by_default boolean) returns boolean
  language sql immutable
  set search_path = pg_catalog
as $$
  select coalesce(captures, (settings ->> 'capture')::boolean, by_default)
    or coalesce(keeps_history, (settings ->> 'history')::boolean, false)
$$;

revoke execute on function tenantry.is_captured(boolean, boolean, jsonb, boolean) from public;
