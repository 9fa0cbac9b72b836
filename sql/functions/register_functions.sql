-- Adds a row for these functions of a workspace's schema, or for all. A function that arrives or gets another name records the version of
-- the model and how many columns the table of its argument had, which identify the older of two things that claim one name in the API. So
-- raise the version first.
create or replace function tenantry.register_functions(workspace uuid, touched oid[]) returns void
  language sql volatile
  set search_path = pg_catalog
as $$
  with present as (
    select p.oid, p.proname::text as name, w.version, (
      select max(a.attnum) from pg_type t join pg_attribute a on a.attrelid = t.typrelid
      where p.pronargs = 1 and t.oid = p.proargtypes[0] and t.typrelid <> 0
    ) as last_column
    from tenantry.workspaces w
    join pg_namespace n on n.nspname = w.schema_name
    -- By way of pg_depend: pg_proc has no index on the schema alone, and thousands of schemas lie side by side.
    join pg_depend d on d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid and d.classid = 'pg_proc'::regclass
    join pg_proc p on p.oid = d.objid
    where w.id = workspace and (touched is null or p.oid = any (touched))
  ),
  -- Drops delete rows, so a row without its function is left by a restore, which changes oids alone.
  gone as (
    delete from tenantry.workspace_functions f
    where f.workspace_id = workspace and touched is null and not exists (select from present p where p.oid = f.function_oid)
    returning f.name, f.named_version, f.last_column
  ),
  restored as (
    select distinct on (name) name, named_version, last_column from gone order by name, named_version nulls first
  )
  insert into tenantry.workspace_functions as f (workspace_id, function_oid, name, named_version, last_column)
  select workspace, p.oid, p.name, case when r.name is null then p.version else r.named_version end,
    case when r.name is null then p.last_column else r.last_column end
  from present p left join restored r on r.name = p.name
  on conflict (workspace_id, function_oid) do update
    set name = excluded.name, named_version = excluded.named_version, last_column = excluded.last_column
    where f.name <> excluded.name
$$;
