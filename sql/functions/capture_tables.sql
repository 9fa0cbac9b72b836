-- Makes the capture triggers of a workspace's tables (or of the named ones) what they should be: all where capture is on, none where it
-- is off. Partitions and inheriting tables have triggers of their own, since a statement fires those of the table it names.
-- Touches only tables that differ, and names them in the answer. A trigger that was disabled by hand stays so unless enables is true.
create or replace function tenantry.keep_capture(workspace uuid, relations oid[] default null, enables boolean default false) returns setof regclass
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  applying constant text := coalesce(current_setting('tenantry.applying', true), '');
  space record;
  target record;
  kind text;
  handler text;
  layouts oid[] := '{}';
begin
  select * into space from tenantry.captured_schema(workspace);
  if space.schema_oid is null then
    return;
  end if;
  for target in
    select d.table_oid as oid, d.table_oid::regclass as name, d.is_keyed, d.is_captured, d.is_restarted,
      tenantry.is_distributed(d.table_oid) as is_distributed
    from tenantry.unsettled_capture(workspace, relations, enables) d order by d.table_oid
  loop
    -- Our own triggers do not change the model.
    perform set_config('tenantry.applying', 'on', true);
    foreach kind in array '{insert,update,delete,truncate}'::text[] loop
      if target.is_captured then
        handler := case when target.is_keyed or kind = 'truncate' then kind else 'statement' end;
        execute format('create or replace trigger tenantry_%1$s after %1$s on %2$s %3$s for each statement execute function tenantry_runtime.capture_%4$s(%5$L%6$s)',
          kind, target.name,
          case kind when 'insert' then 'referencing new table as new_rows' when 'delete' then 'referencing old table as old_rows'
            when 'update' then 'referencing old table as old_rows new table as new_rows' else '' end,
          handler, workspace, case when target.is_distributed then format(', %L', target.oid) else '' end);
        if enables or target.is_restarted then
          execute format('alter table %s enable trigger tenantry_%s', target.name, kind);
        end if;
      else
        execute format('drop trigger if exists tenantry_%s on %s', kind, target.name);
      end if;
    end loop;
    perform set_config('tenantry.applying', applying, true);
    if target.is_captured then
      -- No writer holds the table now, so all later changes are logged.
      insert into tenantry_runtime.captured (table_oid, since) values (target.oid, clock_timestamp())
      on conflict (table_oid) do update set since = excluded.since;
      layouts := layouts || target.oid;
    else
      delete from tenantry_runtime.captured c where c.table_oid = target.oid;
    end if;
    return next target.name;
  end loop;
  -- The columns of tables that were captured before may have changed.
  perform tenantry_runtime.record_layouts(space.schema_oid, layouts || array(
    select c.table_oid from tenantry_runtime.captured c
    where c.table_oid = any (relations) or relations is null and c.table_oid in (
      select d.objid from pg_depend d
      where d.refclassid = 'pg_namespace'::regclass and d.refobjid = space.schema_oid and d.classid = 'pg_class'::regclass
    )
  ));
end
$$;

revoke execute on function tenantry.keep_capture(uuid, oid[], boolean) from public;
