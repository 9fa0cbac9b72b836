-- Opens those of some relations (null: of all) that a workspace's schema did not have before: created there, moved there from another
-- schema, detached from a partitioned table, or all of them where the schema itself took the place by its name. They get the roles'
-- privileges, in place of their own; roles of other workspaces lose theirs. Returns the relations that it opened.
create or replace function tenantry.open_relations(workspace uuid, relations oid[]) returns oid[]
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  workspace_schema text := (select schema_name from tenantry.workspaces where id = workspace);
  arrival oid;
  other_role text;
  opened oid[] := '{}';
begin
  for arrival in
    select c.oid
    from tenantry.relations_of(workspace_schema, relations) c
    where pg_has_role(c.relowner, 'usage') and (not c.relispartition or exists (
        select from aclexplode(c.relacl) a join pg_roles g on g.oid = a.grantee join tenantry.roles r on r.pg_role = g.rolname
      ))
      -- A scalar, and no anti-join, which might read the rows of all tables of the workspace.
      and (select o.id from tenantry.objects o where o.workspace_id = workspace and o.table_oid = c.oid limit 1) is null
  loop
    for other_role in
      select r.pg_role
      from pg_class c, aclexplode(c.relacl) a, pg_roles g, tenantry.roles r
      where c.oid = arrival and g.oid = a.grantee and r.pg_role = g.rolname and r.workspace_id <> workspace
      group by r.pg_role
    loop
      execute format('revoke all on %s from %I', arrival::regclass, other_role);
    end loop;
    perform tenantry.grant_relation(workspace_schema, arrival);
    opened := opened || arrival;
  end loop;
  -- Sequences come along with the tables whose columns draw from them.
  if relations is null and opened <> '{}' or exists (
    select from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
    where d.refclassid = 'pg_class'::regclass and d.refobjid = any (opened) and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
  ) then
    perform tenantry.grant_sequences_of(workspace_schema, r.pg_role, tenantry.may_draw(r.id), case when relations is not null then opened end)
    from tenantry.roles r
    join pg_roles p on p.rolname = r.pg_role
    where r.workspace_id = workspace;
  end if;
  return opened;
end
$$;

revoke execute on function tenantry.open_relations(uuid, oid[]) from public;
