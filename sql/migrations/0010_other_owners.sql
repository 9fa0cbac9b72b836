-- Only the owner of a table may grant on it. Where the owner of the workspaces is no superuser, a table that somebody else has made in a
-- workspace's schema stays as its maker left it; everything beside it gets its grants.

create or replace function tenantry.grant_matrix(role uuid, relation oid default null) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  grantee text := (
    select r.pg_role from tenantry.roles r join pg_roles p on p.rolname = r.pg_role where r.id = role
  );
  cell record;
  wanted text[];
  privilege text;
begin
  if grantee is null then
    return;
  end if;
  for cell in
    select m.* from tenantry.permission_matrix(role, relation) m
    join pg_class c on c.oid = m.relation_oid and pg_has_role(c.relowner, 'usage')
  loop
    select coalesce(array_agg(w order by w), '{}') into wanted from unnest(array[
      tenantry.column_privilege('SELECT', cell.readable, cell.all_columns),
      tenantry.column_privilege('INSERT', cell.insertable, cell.all_columns),
      tenantry.column_privilege('UPDATE', cell.updatable, cell.all_columns),
      case when cell.can_destroy then 'DELETE' end
    ]) w where w is not null;
    continue when wanted = tenantry.held_privileges(cell.relation_oid, grantee);
    -- Takes the privileges on columns with it.
    execute format('revoke all on %s from %I', cell.relation_oid::regclass, grantee);
    foreach privilege in array wanted loop
      execute format('grant %s on %s to %I', privilege, cell.relation_oid::regclass, grantee);
    end loop;
  end loop;
end
$$;

-- What a role holds on the sequences of its schema: numbers are drawn by those who create.
create function tenantry.grant_sequences(workspace_schema text, grantee text, may_draw boolean) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  sequence regclass;
begin
  for sequence in
    select c.oid::regclass
    from pg_namespace n
    join pg_depend d on d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid and d.classid = 'pg_class'::regclass
    join pg_class c on c.oid = d.objid and c.relkind = 'S' and pg_has_role(c.relowner, 'usage')
    where n.nspname = workspace_schema
      and case when may_draw then '{SELECT,USAGE}'::text[] else '{}' end is distinct from coalesce((
        select array_agg(a.privilege_type order by a.privilege_type)
        from aclexplode(c.relacl) a where a.grantee = (select r.oid from pg_roles r where r.rolname = grant_sequences.grantee)
      ), '{}')
  loop
    execute format('revoke all on sequence %s from %I', sequence, grantee);
    if may_draw then
      execute format('grant usage, select on sequence %s to %I', sequence, grantee);
    end if;
  end loop;
end
$$;

revoke execute on function tenantry.grant_sequences(text, text, boolean) from public;
