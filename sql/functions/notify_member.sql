-- Notifies every gateway that the role of a workspace member has changed.
create or replace function tenantry.notify_member() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  perform pg_notify('tenantry', 'member ' || coalesce(new.workspace_member_id, old.workspace_member_id));
  return null;
end
$$;
