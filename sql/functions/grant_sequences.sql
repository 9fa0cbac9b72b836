-- Grants or revokes the sequences of a workspace's schema for one role: creating records draws numbers. Only the owner of a
-- sequence may grant on it, so sequences of other owners stay as they are.
create or replace function tenantry.grant_sequences(workspace_schema text, grantee text, may_draw boolean) returns void
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
