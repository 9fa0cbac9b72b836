-- Runs after every DDL statement (event_trigger.sql): raises the versions of the workspaces that it reached, opens and registers what is new.
create or replace function tenantry.after_ddl() returns event_trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
declare
  change record;
  schemas text[] := '{}';
begin
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
  for change in
    select d.classid, d.objid, d.command_tag, d.in_extension, w.schema_name, w.id as workspace
    from pg_event_trigger_ddl_commands() d
    join tenantry.workspaces w on w.schema_name = d.schema_name
  loop
    if not change.in_extension and change.classid = 'pg_class'::regclass then
      perform tenantry.open_arrivals(change.workspace);
    end if;
    if not change.in_extension and change.command_tag ~ '^(CREATE|SELECT INTO|ALTER (SEQUENCE|TYPE|DOMAIN)$)' then
      perform tenantry.open_to_roles(change.classid, change.objid, change.schema_name);
    elsif change.classid = 'pg_class'::regclass and change.command_tag in ('ALTER TABLE', 'ALTER FOREIGN TABLE') then
      -- A new column, or one by another name: the grants of columns follow.
      perform tenantry.grant_relation(change.schema_name, change.objid);
      perform tenantry.close_partitions(change.schema_name, change.objid);
    end if;
    -- Ids of hand-made tables and columns: given at first sight, kept over renames.
    if change.classid = 'pg_class'::regclass and change.command_tag <> 'COMMENT' then
      perform tenantry.register_tables(change.workspace);
      if change.command_tag = 'ALTER TABLE' then
        perform tenantry.register_columns(change.objid);
      end if;
    end if;
  end loop;
  for change in
    select w.id as workspace
    from pg_event_trigger_ddl_commands() d
    join pg_namespace n on d.classid = 'pg_namespace'::regclass and n.oid = d.objid
    join tenantry.workspaces w on w.schema_name = n.nspname
  loop
    perform tenantry.open_arrivals(change.workspace);
    perform tenantry.register_tables(change.workspace);
    perform tenantry.open_schema(change.workspace);
  end loop;
exception
  -- The operator's own limit, or a circle of waits: the statement fails as any other that waits too long, and can be tried again.
  when lock_not_available or deadlock_detected then
    raise;
  when others then
    raise warning 'tenantry: this change was not announced to the gateways: %', sqlerrm
      using hint = 'Its tables may stay unseen until the gateways start again, or the workspace changes again.';
end
$$;
