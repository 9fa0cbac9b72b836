-- Whether a role's record rules are in force on a relation. Rules are policies of a table and disappear with it: a recreated
-- table has none, row-level security can be switched off, and a view cannot have any. Where rules are not in force, the role
-- gets no grants at all.
create or replace function tenantry.rules_hold(role uuid, relation oid) returns boolean
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

revoke execute on function tenantry.rules_hold(uuid, oid) from public;
