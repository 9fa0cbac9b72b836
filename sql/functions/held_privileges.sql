-- The privileges that a Postgres role holds on a relation, such as `DELETE` or `SELECT (id, name)`.
create or replace function tenantry.held_privileges(relation oid, pg_role text) returns text[]
  language sql stable
  set search_path = pg_catalog
as $$
  select coalesce(array_agg(held order by held), '{}') from (
    select a.privilege_type as held from pg_class c, aclexplode(c.relacl) a
    where c.oid = relation and a.grantee = (select oid from pg_roles where rolname = pg_role)
    union all
    select x.privilege_type || ' (' || string_agg(quote_ident(a.attname), ', ' order by a.attnum) || ')'
    from pg_attribute a, aclexplode(a.attacl) x
    where a.attrelid = relation and not a.attisdropped
      and x.grantee = (select oid from pg_roles where rolname = pg_role)
    group by x.privilege_type
  ) h
$$;

revoke execute on function tenantry.held_privileges(oid, text) from public;
