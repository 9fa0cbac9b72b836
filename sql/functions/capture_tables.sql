-- Makes the capture triggers of a workspace's tables (or of the named ones) what they should be: all where capture is on, none where it
-- is off. Partitions and inheriting tables have triggers of their own, since a statement fires those of the table it names.
-- Touches only tables that differ, and names them in the answer. A trigger that was disabled by hand stays so unless enables is true.
create or replace function tenantry.keep_capture(workspace uuid, relations oid[] default null, enables boolean default false) returns setof regclass
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  applying constant text := coalesce(current_setting('tenantry.applying', true), '');
  functions constant oid[] := tenantry_runtime.capture_functions();
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
    select c.oid, c.oid::regclass as name, k.is_keyed, s.is_captured
    from (
      select unnest(relations) as oid
      union all
      select d.objid from pg_depend d
      where relations is null and d.refclassid = 'pg_namespace'::regclass and d.refobjid = space.schema_oid
        and d.classid = 'pg_class'::regclass
    ) given
    join pg_class c on c.oid = given.oid and c.relnamespace = space.schema_oid and c.relkind in ('r', 'p')
      and pg_has_role(c.relowner, 'usage')
    cross join lateral (
      select exists (
        select from pg_index i
        where i.indrelid = c.oid and (i.indisprimary or i.indisunique and i.indpred is null and i.indexprs is null and not exists (
          select from pg_attribute a where a.attrelid = c.oid and a.attnum = any (i.indkey) and not a.attnotnull))
      ) as is_keyed
    ) k
    cross join lateral (
      select count(*) as amount, coalesce(bool_or(t.tgenabled in ('D', 'R')), false) as is_disabled,
        coalesce(bool_and(encode(t.tgargs, 'escape') = workspace || '\000'), false) as is_ours,
        coalesce(bool_or(t.tgfoid = 'tenantry_runtime.capture_statement()'::regprocedure), false) as is_keyless
      from pg_trigger t where t.tgrelid = c.oid and t.tgfoid = any (functions)
    ) t
    cross join lateral (
      -- A partition is captured as the table that it belongs to.
      select tenantry.is_captured(o.captures, o.keeps_history, w.settings, f.captures) as is_captured
      from tenantry.workspaces w cross join tenantry_runtime.feed f
      left join tenantry.objects o on o.workspace_id = w.id and o.table_oid = coalesce(pg_partition_root(c.oid), c.oid)
      where w.id = workspace limit 1
    ) s
    where case when s.is_captured
      then t.amount <> 4 or not t.is_ours or t.is_keyless = k.is_keyed or enables and t.is_disabled
      else t.amount > 0 end
    order by c.oid
  loop
    -- Our own triggers do not change the model.
    perform set_config('tenantry.applying', 'on', true);
    foreach kind in array '{insert,update,delete,truncate}'::text[] loop
      if target.is_captured then
        handler := case when target.is_keyed or kind = 'truncate' then kind else 'statement' end;
        execute format('create or replace trigger tenantry_%1$s after %1$s on %2$s %3$s for each statement execute function tenantry_runtime.capture_%4$s(%5$L)',
          kind, target.name,
          case kind when 'insert' then 'referencing new table as new_rows' when 'delete' then 'referencing old table as old_rows'
            when 'update' then 'referencing old table as old_rows new table as new_rows' else '' end,
          handler, workspace);
        if enables then
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
