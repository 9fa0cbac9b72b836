-- The tables of a workspace (or the named ones) whose capture triggers are not what they should be: all where capture is on, none where
-- it is off. A trigger that was disabled by hand counts only if `enables` is true, or if the capture of its table is to restart.
create or replace function tenantry.unsettled_capture(workspace uuid, relations oid[] default null, enables boolean default false)
  returns table (table_oid oid, is_keyed boolean, is_captured boolean, is_restarted boolean)
  -- PL/pgSQL keeps the plan: this runs after every DDL statement.
  language plpgsql stable
  set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
  functions constant oid[] := tenantry_runtime.capture_functions();
  has_citus constant boolean := to_regclass('pg_catalog.pg_dist_partition') is not null;
begin
  return query
  select c.oid, k.is_keyed, s.is_captured, s.is_captured and r.since = 'infinity'
  from tenantry.captured_schema(workspace) space
  cross join lateral (
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
      coalesce(bool_and(encode(t.tgargs, 'escape') = workspace || case when has_citus and tenantry.is_distributed(c.oid) then '\000' || c.oid else '' end || '\000'), false) as is_ours,
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
  left join tenantry_runtime.captured r on r.table_oid = c.oid
  where case when s.is_captured
    then t.amount <> 4 or not t.is_ours or t.is_keyless = k.is_keyed or coalesce(r.since, 'infinity') = 'infinity' or enables and t.is_disabled
    else t.amount > 0 end;
end
$$;

revoke execute on function tenantry.unsettled_capture(uuid, oid[], boolean) from public;
