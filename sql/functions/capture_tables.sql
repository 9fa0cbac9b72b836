-- Makes the capture triggers of a workspace's tables what they should be: on all tables (or the named ones) where capture is on, on none
-- where it is off. Partitions and inheriting tables have triggers of their own, since a statement fires those of the table it names.
-- Touches only tables that differ, and names them in the answer. A trigger that was disabled by hand stays so unless enables is true.
create or replace function tenantry.keep_capture(workspace uuid, relations oid[] default null, enables boolean default false) returns setof regclass
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  applying constant text := coalesce(current_setting('tenantry.applying', true), '');
  target record;
  kind text;
begin
  if not exists (select from tenantry.captured_schema(workspace) w where w.is_captured)
    and not exists (select from pg_depend d where d.classid = 'pg_trigger'::regclass and d.refclassid = 'pg_proc'::regclass
      and d.refobjid = 'tenantry_runtime.capture()'::regprocedure)
  then
    return;
  end if;
  for target in
    select c.oid::regclass as name, w.is_captured, k.is_keyed, t.args
    from tenantry.captured_schema(workspace) w
    cross join lateral (
      select unnest(relations) as oid
      union all
      select d.objid from pg_depend d
      where relations is null and d.refclassid = 'pg_namespace'::regclass and d.refobjid = w.schema_oid and d.classid = 'pg_class'::regclass
    ) given
    join pg_class c on c.oid = given.oid and c.relnamespace = w.schema_oid and c.relkind in ('r', 'p') and pg_has_role(c.relowner, 'usage')
    cross join lateral (
      select exists (
        select from pg_index i
        where i.indrelid = c.oid and (i.indisprimary or i.indisunique and i.indpred is null and i.indexprs is null and not exists (
          select from pg_attribute a where a.attrelid = c.oid and a.attnum = any (i.indkey) and not a.attnotnull))
      ) as is_keyed
    ) k
    cross join lateral (
      select array_agg(distinct encode(t.tgargs, 'escape')) as args, count(*) as amount,
        coalesce(bool_or(t.tgenabled in ('D', 'R')), false) as is_disabled
      from pg_trigger t where t.tgrelid = c.oid and t.tgfoid = 'tenantry_runtime.capture()'::regprocedure
    ) t
    where case when w.is_captured
        then t.amount <> 4 or t.args <> array[workspace || '\000' || case when k.is_keyed then 'keyed' else 'keyless' end || '\000'] or enables and t.is_disabled
        else t.amount > 0 end
    order by c.oid
  loop
    -- Our own triggers are no change of the model.
    perform set_config('tenantry.applying', 'on', true);
    foreach kind in array '{insert,update,delete,truncate}'::text[] loop
      if target.is_captured then
        execute format('create or replace trigger tenantry_%1$s after %1$s on %2$s %3$s for each statement execute function tenantry_runtime.capture(%4$L, %5$L)',
          kind, target.name,
          case kind when 'insert' then 'referencing new table as new_rows' when 'delete' then 'referencing old table as old_rows'
            when 'update' then 'referencing old table as old_rows new table as new_rows' else '' end,
          workspace, case when target.is_keyed then 'keyed' else 'keyless' end);
        if enables then
          execute format('alter table %s enable trigger tenantry_%s', target.name, kind);
        end if;
      else
        execute format('drop trigger if exists tenantry_%s on %s', kind, target.name);
      end if;
    end loop;
    perform set_config('tenantry.applying', applying, true);
    return next target.name;
  end loop;
  perform tenantry_runtime.record_layouts(w.schema_oid, relations) from tenantry.captured_schema(workspace) w where w.is_captured;
end
$$;

revoke execute on function tenantry.keep_capture(uuid, oid[], boolean) from public;
