-- Runs after every drop (event_trigger.sql): raises the versions of the workspaces that lost something.
create or replace function tenantry.after_drop() returns event_trigger
  language plpgsql security definer
  set search_path = pg_catalog
  -- What a statement dropped is little beside the catalogs: it is looked up by indexes, in plans that are made once in a session.
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
as $$
declare
  schemas text[];
begin
  if coalesce(current_setting('tenantry.applying', true), '') = 'on' then
    return;
  end if;
  select array_agg(distinct w.schema_name) into schemas
  from pg_event_trigger_dropped_objects() d
  join tenantry.workspaces w
    on w.schema_name = case d.object_type when 'schema' then d.object_name else coalesce(d.schema_name, d.address_names[1]) end;
  if schemas is not null then
    perform tenantry.raise_versions(schemas);
    -- What is made later under the same name is something else.
    delete from tenantry.fields f
    using tenantry.objects o, pg_event_trigger_dropped_objects() d
    where d.classid = 'pg_class'::regclass and d.objsubid > 0
      and o.table_oid = d.objid and f.object_id = o.id and f.column_number = d.objsubid;
    delete from tenantry.objects o
    using pg_event_trigger_dropped_objects() d
    where d.classid = 'pg_class'::regclass and d.objsubid = 0 and o.table_oid = d.objid;
    delete from tenantry.workspace_functions f
    using pg_event_trigger_dropped_objects() d
    where d.classid = 'pg_proc'::regclass and f.function_oid = d.objid
      and f.workspace_id in (select w.id from tenantry.workspaces w where w.schema_name = any (schemas));
  end if;
exception
  when lock_not_available or deadlock_detected then
    raise;
  when others then
    raise warning 'tenantry: this drop was not announced to the gateways: %', sqlerrm
      using hint = 'What was dropped may be offered until the gateways start again, or the workspace changes again.';
end
$$;
