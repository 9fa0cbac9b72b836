-- Report changes of the control schema to operators: triggers on workspaces, keys, roles of members and webhooks.
create or replace function tenantry.report_workspace() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
begin
  if tg_op = 'INSERT' then
    perform tenantry.operator_event('workspace.created', new.id, new.subdomain, jsonb_build_object('name', new.name));
  elsif tg_op = 'DELETE' then
    perform tenantry.operator_event('workspace.dropped', old.id, old.subdomain, jsonb_build_object('name', old.name));
  elsif new.deleted_at is distinct from old.deleted_at then
    -- Without a time to restore it in, the drop alone is reported, when everything is gone.
    if new.purge_began_at is null then
      perform tenantry.operator_event(case when new.deleted_at is null then 'workspace.restored' else 'workspace.deleted' end,
        new.id, new.subdomain, jsonb_build_object('name', new.name));
    end if;
  elsif new.status is distinct from old.status then
    perform tenantry.operator_event(case new.status when 'suspended' then 'workspace.suspended' else 'workspace.resumed' end,
      new.id, new.subdomain, jsonb_build_object('name', new.name));
  end if;
  return null;
end
$$;

revoke execute on function tenantry.report_workspace() from public;

create or replace function tenantry.report_key() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
begin
  if tg_op = 'INSERT' then
    perform tenantry.workspace_event('apiKey.created', new.workspace_id,
      jsonb_build_object('keyId', new.id, 'roleId', new.role_id, 'expiresAt', new.expires_at));
  elsif old.revoked_at is null and (tg_op = 'DELETE' or new.revoked_at is not null) then
    perform tenantry.workspace_event('apiKey.revoked', old.workspace_id, jsonb_build_object('keyId', old.id, 'roleId', old.role_id));
  end if;
  return null;
end
$$;

revoke execute on function tenantry.report_key() from public;

-- The role of a new member is a part of its creation, and the row of a removed one goes with it.
create or replace function tenantry.report_member_role() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
begin
  if tg_op = 'UPDATE' and new.role_id is not distinct from old.role_id then
    return null;
  end if;
  if exists (
    select from tenantry_runtime.changes c
    where c.xid = pg_current_xact_id() and c.workspace_id = '00000000-0000-0000-0000-000000000000'
      and c.after ->> 'event' in ('member.created', 'member.removed')
      and c.after -> 'details' ->> 'workspaceMemberId' = new.workspace_member_id::text
  ) then
    return null;
  end if;
  perform tenantry.workspace_event('member.updated', new.workspace_id,
    jsonb_build_object('workspaceMemberId', new.workspace_member_id, 'roleId', new.role_id));
  return null;
end
$$;

revoke execute on function tenantry.report_member_role() from public;

create or replace function tenantry.report_webhook() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
begin
  if new.status = 'disabled' and old.status <> 'disabled' then
    perform tenantry.workspace_event('webhook.disabled', new.workspace_id,
      jsonb_build_object('webhookId', new.id, 'reason', new.status_reason));
  end if;
  return null;
end
$$;

revoke execute on function tenantry.report_webhook() from public;

create or replace function tenantry.report_operator_webhook() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
begin
  if new.status = 'disabled' and old.status <> 'disabled' then
    perform tenantry.operator_event('webhook.disabled', null, null, jsonb_build_object('webhookId', new.id, 'reason', new.status_reason));
  end if;
  return null;
end
$$;

revoke execute on function tenantry.report_operator_webhook() from public;
