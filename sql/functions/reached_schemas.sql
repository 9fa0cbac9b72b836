-- Workspaces that a change outside of their schemas reaches: one whose table was moved away (its row of the registry remembers the
-- table), and those with columns of a changed type, of its arrays, or of domains over them.
create or replace function tenantry.reached_schemas(catalog oid, object oid) returns text[]
  language sql stable
  set search_path = pg_catalog
as $$
  with recursive made_of(type) as (
    select object where catalog = 'pg_type'::regclass
    union
    select t.oid
    from made_of m
    join pg_type base on base.oid = m.type
    join pg_depend d on d.refclassid = 'pg_type'::regclass and d.refobjid = m.type and d.classid = 'pg_type'::regclass
    join pg_type t on t.oid = d.objid and (t.oid = base.typarray or t.typtype = 'd')
  )
  select coalesce(array_agg(distinct reached.schema_name), '{}')
  from (
    select w.schema_name
    from tenantry.objects o
    join tenantry.workspaces w on w.id = o.workspace_id
    where catalog = 'pg_class'::regclass and o.table_oid = object
    union all
    select w.schema_name
    from made_of m
    join pg_depend d on d.refclassid = 'pg_type'::regclass and d.refobjid = m.type
      and d.classid = 'pg_class'::regclass and d.objsubid > 0
    join pg_class c on c.oid = d.objid
    join pg_namespace n on n.oid = c.relnamespace
    join tenantry.workspaces w on w.schema_name = n.nspname
  ) reached
$$;

revoke execute on function tenantry.reached_schemas(oid, oid) from public;
