-- Puts the trigger of guard_member on the table of members, where the workspace has one without it.
create or replace function tenantry.guard_members(workspace uuid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  members regclass := (
    select c.oid from tenantry.workspaces w
    join pg_class c on c.oid = to_regclass(format('%I.workspace_member', w.schema_name))
    where w.id = workspace and c.relkind in ('r', 'p') and pg_has_role(c.relowner, 'usage')
  );
begin
  if members is null or exists (select from pg_trigger where tgrelid = members and tgname = 'tenantry_guard_member') then
    return;
  end if;
  execute format(
    'create trigger tenantry_guard_member after insert or update or delete on %s
     for each row execute function tenantry.guard_member()', members);
end
$$;

revoke execute on function tenantry.guard_members(uuid) from public;
