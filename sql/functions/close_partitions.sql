-- A table that has become a partition is reached through its table alone, whose rules and permissions are not its own.
create or replace function tenantry.close_partitions(workspace_schema text, whole oid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  part oid;
begin
  for part in
    select c.oid from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = whole and c.relispartition and exists (
      select from aclexplode(c.relacl) a
      join pg_roles g on g.oid = a.grantee
      join tenantry.roles r on r.pg_role = g.rolname
    )
  loop
    perform tenantry.grant_relation(workspace_schema, part);
  end loop;
end
$$;

revoke execute on function tenantry.close_partitions(text, oid) from public;
