-- Makes a role's grants on some relations (null: on all) equal to its permission matrix, and touches only grants that differ, and those of
-- views of a cluster, whose workers may lack what the coordinator has (distributed_views).
-- Does nothing for a role that does not exist in Postgres yet. One query finds both the wanted and the held privileges: a call
-- per relation cost more than the rest of a model change.
create or replace function tenantry.grant_relations(role uuid, relations oid[]) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  grantee text;
  grantee_oid oid;
  cell record;
  sent oid[];
  has_rules boolean := exists (select from tenantry.row_rules u where u.role_id = role);
begin
  select p.rolname, p.oid into grantee, grantee_oid
  from tenantry.roles r join pg_roles p on p.rolname = r.pg_role where r.id = role;
  if grantee is null then
    return;
  end if;
  sent := tenantry.distributed_views((select w.schema_name from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id
    where r.id = role), relations);
  for cell in
    select m.relation_oid, w.wanted, g.held
    from tenantry.permission_matrix(role, relations) m
    -- Only the owner of a table may grant on it: grants on tables of other owners stay unchanged.
    join pg_class c on c.oid = m.relation_oid and pg_has_role(c.relowner, 'usage')
    cross join lateral (
      select coalesce(array_agg(v.privilege order by v.privilege), '{}') as wanted
      from (
        select case when u.columns = m.all_columns then u.kind
          else u.kind || ' (' || (select string_agg(quote_ident(c), ', ' order by o) from unnest(u.columns) with ordinality x (c, o)) || ')'
        end as privilege
        from (values ('SELECT', m.readable), ('INSERT', m.insertable), ('UPDATE', m.updatable)) u (kind, columns)
        where u.columns <> '{}'
        union all
        select 'DELETE' where m.can_destroy
      ) v
      -- A role whose record rules do not hold on a relation holds nothing on it.
      where not has_rules or tenantry.rules_hold(role, m.relation_oid)
    ) w
    cross join lateral (
      -- In the format of tenantry.held_privileges.
      select coalesce(array_agg(h.privilege order by h.privilege), '{}') as held
      from (
        select a.privilege_type as privilege from aclexplode(c.relacl) a where a.grantee = grantee_oid
        union all
        select x.privilege_type || ' (' || string_agg(quote_ident(a.attname), ', ' order by a.attnum) || ')'
        from pg_attribute a, aclexplode(a.attacl) x
        where a.attrelid = m.relation_oid and a.attacl is not null and not a.attisdropped and x.grantee = grantee_oid
        group by x.privilege_type
      ) h
    ) g
    where w.wanted <> g.held or (w.wanted <> '{}' and m.relation_oid = any (sent))
  loop
    if cell.held <> '{}' then
      -- Takes the privileges on columns with it.
      execute format('revoke all on %s from %I', cell.relation_oid::regclass, grantee);
    end if;
    if cell.wanted <> '{}' then
      execute format('grant %s on %s to %I', array_to_string(cell.wanted, ', '), cell.relation_oid::regclass, grantee);
    end if;
  end loop;
end
$$;

revoke execute on function tenantry.grant_relations(uuid, oid[]) from public;
