-- Live members with the role that cannot be edited. Columns are read from JSON, since the table may have been changed by hand.
create or replace function tenantry.administrators(workspace uuid) returns setof text
  language plpgsql volatile
  set search_path = pg_catalog
as $$
declare
  members regclass := (
    select to_regclass(format('%I.workspace_member', w.schema_name)) from tenantry.workspaces w where w.id = workspace
  );
begin
  if members is null then
    return;
  end if;
  return query execute format(
    'select m.record ->> ''id'' from (select to_jsonb(each) as record from %s as each) m
     where m.record ->> ''deleted_at'' is null and m.record ? ''id'' and exists (
       select from tenantry.roles r where r.id = tenantry.member_role($1, m.record ->> ''id'') and not r.is_editable
     )', members) using workspace;
end
$$;

revoke execute on function tenantry.administrators(uuid) from public;
