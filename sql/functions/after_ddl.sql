-- Follows a DDL statement: raises the versions of the workspaces that it reached, and opens and registers the relations that it touched.
-- Its cost does not grow with the number of relations in the schema. Only an event trigger may call it.
create or replace function tenantry.follow_statement() returns void
  language plpgsql security definer
  set search_path = pg_catalog
  -- What a statement touched is little beside the catalogs: it is looked up by indexes, in plans that are made once in a session.
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
as $$
declare
  change record;
  schemas text[] := '{}';
  space record;
begin
  perform tenantry.refuse_undistributed();
  if coalesce(current_setting('tenantry.applying', true), '') = 'on' then
    return;
  end if;
  for change in
    select d.classid, d.objid from pg_event_trigger_ddl_commands() d
    where d.command_tag ~ '^ALTER (TYPE|DOMAIN|TABLE|VIEW|MATERIALIZED VIEW|FOREIGN TABLE)$'
  loop
    schemas := schemas || tenantry.reached_schemas(change.classid, change.objid);
  end loop;
  schemas := schemas || array(
    select coalesce(d.schema_name, n.nspname, s.nspname)
    from pg_event_trigger_ddl_commands() d
    -- Triggers and rules have no schema of their own: their table's counts, for they decide what a view accepts.
    left join pg_trigger t on d.classid = 'pg_trigger'::regclass and t.oid = d.objid
    left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    left join pg_class c on c.oid = coalesce(t.tgrelid, r.ev_class)
    left join pg_namespace n on n.oid = c.relnamespace
    -- A schema that took the place of a workspace's by its name.
    left join pg_namespace s on d.classid = 'pg_namespace'::regclass and s.oid = d.objid
  );
  perform tenantry.raise_versions(schemas);
  for space in select w.id, w.schema_name from tenantry.workspaces w where w.schema_name = any (schemas) loop
    perform tenantry.follow_ddl(space.id, space.schema_name);
  end loop;
  -- An index may be a table's key. What is done to a table reaches its partitions and the tables that inherit from it.
  for change in
    select w.id as workspace, array_agg(distinct r.oid) as relations
    from pg_event_trigger_ddl_commands() d
    join tenantry.workspaces w on w.schema_name = d.schema_name
    left join pg_index i on i.indexrelid = d.objid
    cross join lateral (
      with recursive reached as (
        select coalesce(i.indrelid, d.objid) as oid union select h.inhrelid from reached p join pg_inherits h on h.inhparent = p.oid
      ) select p.oid from reached p
    ) r
    where d.classid = 'pg_class'::regclass and d.command_tag <> 'COMMENT' and not d.in_extension
    group by w.id
  loop
    perform tenantry.keep_capture(change.workspace, change.relations);
    perform tenantry.keep_drawn(change.workspace, change.relations);
  end loop;
exception
  -- The operator's own limit, or a circle of waits: the statement fails as any other that waits too long, and can be tried again.
  when lock_not_available or deadlock_detected then
    raise;
  -- keep_drawn and refuse_undistributed: writes would fail, or do something else.
  when sqlstate 'TN001' then
    raise;
  when others then
    raise warning 'tenantry: this change was not announced to the gateways: %', sqlerrm
      using hint = 'Its tables may stay unseen until the gateways start again, or the workspace changes again.';
end
$$;

revoke execute on function tenantry.follow_statement() from public;

-- Runs after every DDL statement (event_trigger.sql); comes second, since it runs from the moment it is there. Tenantry's own statements
-- are followed by their authors. There are hundreds in a new workspace, so they end here, before the settings of follow_statement, which
-- cost as much as a comment on a column. All names are qualified, because the search path is the caller's.
create or replace function tenantry.after_ddl() returns event_trigger
  language plpgsql security definer
as $$
begin
  -- On a cluster our own statements are checked, too.
  if pg_catalog.current_setting('tenantry.applying', true) operator(pg_catalog.=) 'on'
    and pg_catalog.to_regclass('pg_catalog.pg_dist_schema') is null then
    return;
  end if;
  perform tenantry.follow_statement();
end
$$;
