-- Adds a registry row for every column of a table, so that fields keep their ids when a restore changes attribute numbers. A foreign key
-- that comes to a table from before records the last column of that moment: columns are numbered by age, and keys are not.
create or replace function tenantry.register_columns(relation oid) returns void
  language sql volatile
  set search_path = pg_catalog
as $$
  update tenantry.fields f set column_name = a.attname, updated_at = now(),
    annotation = case f.face when 'own' then f.annotation - 'name' else f.annotation end
  from tenantry.objects o
  join pg_attribute a on a.attrelid = o.table_oid
  where o.table_oid = relation and f.object_id = o.id and a.attnum = f.column_number and not a.attisdropped
    and f.column_name <> a.attname;
  insert into tenantry.fields (id, object_id, column_number, column_name, face)
  select tenantry.derived_id(o.id || ':' || a.attnum || ':own'), o.id, a.attnum, a.attname, 'own'
  from tenantry.objects o
  join pg_attribute a on a.attrelid = o.table_oid and a.attnum > 0 and not a.attisdropped
  where o.table_oid = relation
    -- An array instead of an anti-join: with any statistics the plan reads this table's rows alone.
    and a.attnum <> all (array(select f.column_number from tenantry.fields f where f.object_id = o.id and f.face = 'own'))
  on conflict (id) do nothing;
  update tenantry.fields f set annotation = f.annotation || jsonb_build_object('keyedAt', (
    select max(a.attnum) from pg_attribute a where a.attrelid = relation
  ), 'keyedVersion', w.version)
  from tenantry.objects o
  join tenantry.workspaces w on w.id = o.workspace_id
  join pg_constraint k on k.conrelid = o.table_oid and k.contype = 'f' and k.xmin = pg_current_xact_id()::xid
  where o.table_oid = relation and o.named_version is distinct from w.version
    and f.object_id = o.id and f.face = 'own' and f.column_number = k.conkey[1]
$$;
