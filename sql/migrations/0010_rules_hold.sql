-- A role whose record rules do not hold on a relation holds nothing on it. Rules are policies of a table, and go with it: a table
-- made anew under its name has none, nor has one whose row-level security somebody has switched off, and a view never can.

create function tenantry.rules_hold(role uuid, relation oid) returns boolean
  language sql stable
  set search_path = pg_catalog
as $$
  select not exists (
    select from tenantry.row_rules u, pg_class c
    where u.role_id = role and c.oid = relation and u.table_name = c.relname
  ) or exists (
    select from pg_class c, tenantry.roles r
    join pg_roles g on g.rolname = r.pg_role
    where c.oid = relation and c.relrowsecurity and r.id = role and (
      exists (
        select from pg_policy p
        where p.polrelid = c.oid and g.oid = any (p.polroles) and not p.polpermissive
          and starts_with(p.polname::text, 'tenantry_rule_')
      )
      -- Without the rule's column there is no policy of it; and no row where nothing else lets one through.
      or not exists (
        select from pg_policy p
        where p.polrelid = c.oid and p.polpermissive and (g.oid = any (p.polroles) or 0::oid = any (p.polroles))
      )
    )
  )
$$;

create or replace function tenantry.grant_matrix(role uuid, relation oid default null) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  grantee text := (
    select r.pg_role from tenantry.roles r join pg_roles p on p.rolname = r.pg_role where r.id = role
  );
  has_rules boolean := exists (select from tenantry.row_rules u where u.role_id = role);
  cell record;
  wanted text[];
  privilege text;
begin
  if grantee is null then
    return;
  end if;
  for cell in select * from tenantry.permission_matrix(role, relation) loop
    select coalesce(array_agg(w order by w), '{}') into wanted from unnest(array[
      tenantry.column_privilege('SELECT', cell.readable, cell.all_columns),
      tenantry.column_privilege('INSERT', cell.insertable, cell.all_columns),
      tenantry.column_privilege('UPDATE', cell.updatable, cell.all_columns),
      case when cell.can_destroy then 'DELETE' end
    ]) w where w is not null and (not has_rules or tenantry.rules_hold(role, cell.relation_oid));
    continue when wanted = tenantry.held_privileges(cell.relation_oid, grantee);
    -- Takes the privileges on columns with it.
    execute format('revoke all on %s from %I', cell.relation_oid::regclass, grantee);
    foreach privilege in array wanted loop
      execute format('grant %s on %s to %I', privilege, cell.relation_oid::regclass, grantee);
    end loop;
  end loop;
end
$$;

revoke execute on function tenantry.rules_hold(uuid, oid) from public;

select tenantry.grant_matrix(held.role_id)
from (select distinct u.role_id from tenantry.row_rules u) held;
