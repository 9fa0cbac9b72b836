-- Reports a change of a member to operators; called by guard_member. A member in the trash has no access, so moving one there is a removal.
create or replace function tenantry.member_event(schema name, operation text, was jsonb, becomes jsonb) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  silent constant text[] := '{updated_at,updated_by_source,updated_by_name,updated_by_workspace_member_id,updated_by_context,search_vector,position}';
  event text := case operation when 'INSERT' then 'member.created' when 'DELETE' then 'member.removed' else 'member.updated' end;
begin
  if operation = 'UPDATE' then
    if was - silent = becomes - silent then
      return;
    end if;
    if was ->> 'deleted_at' is null and becomes ->> 'deleted_at' is not null then
      event := 'member.removed';
    elsif was ->> 'deleted_at' is not null and becomes ->> 'deleted_at' is null then
      event := 'member.created';
    end if;
  elsif operation = 'DELETE' and was ->> 'deleted_at' is not null then
    return;
  end if;
  perform tenantry.workspace_event(event, w.id, jsonb_build_object('workspaceMemberId', coalesce(becomes -> 'id', was -> 'id')))
  from tenantry.workspaces w where w.schema_name = schema;
end
$$;

revoke execute on function tenantry.member_event(name, text, jsonb, jsonb) from public;
