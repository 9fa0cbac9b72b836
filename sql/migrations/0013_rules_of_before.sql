-- Tables whose record rules somebody took off before rules_hold was asked are closed to whom the rules restrict. Rules of before are
-- permissive policies alone. They hold as they did, so these roles keep what they have; the next round of upkeep makes the other kind.
select tenantry.grant_relations(lost.role_id, array_agg(distinct lost.relation))
from (
  select r.id as role_id, c.oid as relation
  from tenantry.row_rules u
  join tenantry.roles r on r.id = u.role_id
  join pg_roles g on g.rolname = r.pg_role
  join tenantry.workspaces w on w.id = r.workspace_id
  join pg_namespace n on n.nspname = w.schema_name
  join pg_class c on c.relnamespace = n.oid and c.relname = u.table_name
  where not c.relrowsecurity or not exists (
    select from pg_policy p
    where p.polrelid = c.oid and g.oid = any (p.polroles) and starts_with(p.polname::text, 'tenantry_rule_')
  )
) lost
group by lost.role_id;
