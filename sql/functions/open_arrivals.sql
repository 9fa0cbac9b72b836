-- Opens the relations that a workspace's schema did not have before: created there, moved there from another schema, detached from a
-- partitioned table, or all of them where the schema itself took the place by its name. They get what the roles say, whatever privileges
-- they bring along; roles of other workspaces lose theirs. Call it before register_tables, whose rows tell what was there.
create or replace function tenantry.open_arrivals(workspace uuid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  workspace_schema text := (select schema_name from tenantry.workspaces where id = workspace);
  arrival oid;
  stranger text;
  has_arrived boolean := false;
begin
  for arrival in
    select c.oid
    from pg_namespace n
    join pg_depend d on d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid and d.classid = 'pg_class'::regclass
    join pg_class c on c.oid = d.objid and c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_has_role(c.relowner, 'usage')
    where n.nspname = workspace_schema and (not c.relispartition or exists (
        select from aclexplode(c.relacl) a join pg_roles g on g.oid = a.grantee join tenantry.roles r on r.pg_role = g.rolname
      ))
      and not exists (select from tenantry.objects o where o.workspace_id = workspace and o.table_oid = c.oid)
  loop
    for stranger in
      select r.pg_role
      from pg_class c, aclexplode(c.relacl) a, pg_roles g, tenantry.roles r
      where c.oid = arrival and g.oid = a.grantee and r.pg_role = g.rolname and r.workspace_id <> workspace
      group by r.pg_role
    loop
      execute format('revoke all on %s from %I', arrival::regclass, stranger);
    end loop;
    perform tenantry.grant_relation(workspace_schema, arrival);
    has_arrived := true;
  end loop;
  -- Sequences come along with the tables whose columns draw from them.
  if has_arrived then
    perform tenantry.grant_sequences(workspace_schema, r.pg_role, m.may_draw)
    from tenantry.roles r
    join pg_roles p on p.rolname = r.pg_role
    cross join lateral (select coalesce(r.can_create_all_object_records, r.can_update_all_object_records)
      or exists (select from tenantry.permission_matrix(r.id) m where m.can_create) as may_draw) m
    where r.workspace_id = workspace;
  end if;
end
$$;

revoke execute on function tenantry.open_arrivals(uuid) from public;
