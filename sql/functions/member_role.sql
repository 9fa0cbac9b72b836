-- The role that a member has, their own or the workspace's default.
create or replace function tenantry.member_role(workspace uuid, member text) returns uuid
  language sql stable
  set search_path = pg_catalog
as $$
  select coalesce(
    (select m.role_id from tenantry.member_roles m where m.workspace_id = workspace and m.workspace_member_id::text = member),
    (
      select r.id from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id
      where w.id = workspace and (r.id::text = w.settings ->> 'defaultRoleId' or r.label = 'Member')
      order by r.id::text = w.settings ->> 'defaultRoleId' desc nulls last limit 1
    )
  )
$$;

revoke execute on function tenantry.member_role(uuid, text) from public;
