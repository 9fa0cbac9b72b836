-- Writes an event for operators to the change log, in the transaction of what it reports. It belongs to no workspace: its readers alone know
-- the id of the host (tenants/changes/host.ts). A workspace that is being dropped reports nothing but that.
create or replace function tenantry.operator_event(event text, workspace uuid, subdomain text, details jsonb) returns void
  language sql
  set search_path = pg_catalog
as $$
  insert into tenantry_runtime.changes (workspace_id, table_oid, operation, after, actor)
  values ('00000000-0000-0000-0000-000000000000', 'tenantry.workspaces'::regclass, 'o',
    json_build_object('event', event, 'workspaceId', workspace, 'subdomain', subdomain, 'details', coalesce(details, '{}')), tenantry_runtime.actor())
$$;

revoke execute on function tenantry.operator_event(text, uuid, text, jsonb) from public;

-- Of a part of a workspace that exists.
create or replace function tenantry.workspace_event(event text, workspace uuid, details jsonb) returns void
  language sql
  set search_path = pg_catalog
as $$
  select tenantry.operator_event(event, w.id, w.subdomain, details) from tenantry.workspaces w where w.id = workspace
$$;

revoke execute on function tenantry.workspace_event(text, uuid, jsonb) from public;
