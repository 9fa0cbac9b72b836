-- What a request may change about who gets in: no role of the workspace makes a member or destroys one, a member keeps their account,
-- administrators are trashed, restored and re-addressed by administrators, one administrator remains, and an e-mail address is one
-- member's (guard_member_email). Views, functions that run as their
-- owner and cascades of foreign keys pass grants by; they do not pass this trigger. SQL of an operator, and the gateway's own functions for
-- members, act under no role of the workspace.
create or replace function tenantry.guard_member() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
declare
  -- Not of the table's type: a worker of a cluster has the function without the table.
  acting record;
  was jsonb;
  becomes jsonb;
begin
  was := to_jsonb(old);
  becomes := to_jsonb(new);
  if to_regclass('tenantry.roles') is null then
    perform tenantry.guard_member_here(tg_relid, tg_op, was, becomes);
    return null;
  end if;
  select r.* into acting
  from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id
  where r.pg_role = current_setting('role') and w.schema_name = tg_table_schema;
  if not found then
    null;
  elsif tg_op <> 'UPDATE' then
    raise exception 'members are made and destroyed by the functions for members' using errcode = 'TN002';
  elsif was -> 'id' is distinct from becomes -> 'id' or was -> 'user_id' is distinct from becomes -> 'user_id' then
    raise exception 'the account of a member does not change' using errcode = 'TN003';
  elsif was -> 'deleted_at' is distinct from becomes -> 'deleted_at'
    or was -> 'user_email' is distinct from becomes -> 'user_email' then
    perform tenantry.lock_members(acting.workspace_id);
    if (select r.is_editable from tenantry.roles r where r.id = tenantry.member_role(acting.workspace_id, was ->> 'id'))
      is distinct from false then
      null;
    elsif becomes ->> 'deleted_at' is not null and not exists (select from tenantry.administrators(acting.workspace_id)) then
      raise exception 'the last administrator' using errcode = 'TN001';
    elsif acting.is_editable then
      raise exception 'administrators are changed by administrators' using errcode = 'TN004';
    end if;
  end if;
  if tg_op <> 'DELETE' then
    perform tenantry.guard_member_email(tg_relid, was, becomes);
  end if;
  perform tenantry.member_event(tg_table_schema, tg_op, was, becomes);
  return null;
end
$$;

revoke execute on function tenantry.guard_member() from public;

-- The same on a node without the control schema, where administrators are unknown: a request under any role may change
-- neither the address of a member nor the state of the trash.
create or replace function tenantry.guard_member_here(members regclass, operation text, was jsonb, becomes jsonb) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  if current_setting('role') <> 'none' then
    if operation <> 'UPDATE' then
      raise exception 'members are made and destroyed by the functions for members' using errcode = 'TN002';
    elsif was -> 'id' is distinct from becomes -> 'id' or was -> 'user_id' is distinct from becomes -> 'user_id' then
      raise exception 'the account of a member does not change' using errcode = 'TN003';
    elsif was -> 'deleted_at' is distinct from becomes -> 'deleted_at'
      or was -> 'user_email' is distinct from becomes -> 'user_email' then
      raise exception 'this node does not hold the roles of members' using errcode = 'TN006';
    end if;
  elsif operation <> 'DELETE' then
    perform tenantry.guard_member_email(members, was, becomes);
  end if;
end
$$;

revoke execute on function tenantry.guard_member_here(regclass, text, jsonb, jsonb) from public;
