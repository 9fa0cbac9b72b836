-- Grants or revokes, for one role, the sequences that belong to some tables of a workspace's schema (null: all of the schema): creating
-- records draws numbers. Only the owner of a sequence may grant on it, so sequences of other owners stay as they are.
create or replace function tenantry.grant_sequences_of(workspace_schema text, grantee text, may_draw boolean, tables oid[]) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  namespace constant oid := (select n.oid from pg_namespace n where n.nspname = workspace_schema);
  holder constant oid := (select r.oid from pg_roles r where r.rolname = grantee);
  wanted constant text[] := case when may_draw then '{SELECT,USAGE}' else '{}' end;
  sequence regclass;
begin
  for sequence in
    select c.oid::regclass
    from (
      select d.objid from pg_depend d
      where tables is null and d.refclassid = 'pg_namespace'::regclass and d.refobjid = namespace and d.classid = 'pg_class'::regclass
      union all
      select d.objid from pg_depend d
      where tables is not null and d.refclassid = 'pg_class'::regclass and d.refobjid = any (tables) and d.classid = 'pg_class'::regclass
        and d.deptype in ('a', 'i')
    ) d
    join pg_class c on c.oid = d.objid and c.relkind = 'S' and c.relnamespace = namespace and pg_has_role(c.relowner, 'usage')
    where wanted is distinct from coalesce((
      select array_agg(a.privilege_type order by a.privilege_type) from aclexplode(c.relacl) a where a.grantee = holder
    ), '{}')
  loop
    execute format('revoke all on sequence %s from %I', sequence, grantee);
    if may_draw then
      execute format('grant usage, select on sequence %s to %I', sequence, grantee);
    end if;
  end loop;
end
$$;

revoke execute on function tenantry.grant_sequences_of(text, text, boolean, oid[]) from public;
