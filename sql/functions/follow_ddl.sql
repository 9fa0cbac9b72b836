-- Opens and registers what the current DDL statement touched in one workspace's schema. Only an event trigger may call it.
create or replace function tenantry.follow_ddl(workspace uuid, workspace_schema text) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  change record;
  touched oid[];
  opened oid[];
  registers boolean;
  is_extension boolean;
begin
  if exists (
    select from pg_event_trigger_ddl_commands() d
    join pg_namespace n on d.classid = 'pg_namespace'::regclass and n.oid = d.objid where n.nspname = workspace_schema
  ) then
    -- The schema itself is new under its name.
    perform tenantry.open_arrivals(workspace);
    perform tenantry.register_tables(workspace);
    perform tenantry.register_functions(workspace, null);
    perform tenantry.open_schema(workspace);
  end if;
  select array_agg(distinct d.objid), bool_or(d.command_tag <> 'COMMENT'), bool_or(d.in_extension)
  into touched, registers, is_extension
  from pg_event_trigger_ddl_commands() d
  where d.schema_name = workspace_schema and d.classid = 'pg_class'::regclass;
  -- A command on a partitioned table does not list the partitions that it detached: then all relations count as touched.
  if exists (
    select from pg_event_trigger_ddl_commands() d join pg_class c on c.oid = d.objid and c.relkind = 'p'
    where d.schema_name = workspace_schema and d.classid = 'pg_class'::regclass and d.command_tag = 'ALTER TABLE'
  ) then
    touched := null;
  end if;
  if not is_extension then
    perform tenantry.distribute_view(workspace_schema, d.objid)
    from pg_event_trigger_ddl_commands() d
    where d.schema_name = workspace_schema and d.classid = 'pg_class'::regclass and d.command_tag = 'CREATE VIEW';
    opened := tenantry.open_relations(workspace, touched);
  end if;
  for change in
    select distinct d.classid, d.objid, d.command_tag, d.in_extension
    from pg_event_trigger_ddl_commands() d where d.schema_name = workspace_schema
  loop
    if change.classid = 'pg_class'::regclass and change.objid = any (opened) then
      null;
    elsif not change.in_extension and change.command_tag ~ '^(CREATE|SELECT INTO|ALTER (SEQUENCE|TYPE|DOMAIN)$)' then
      perform tenantry.open_to_roles(change.classid, change.objid, workspace_schema);
    elsif change.classid = 'pg_class'::regclass and change.command_tag in ('ALTER TABLE', 'ALTER FOREIGN TABLE') then
      -- A new column, or one by another name: the grants of columns follow.
      perform tenantry.grant_relation(workspace_schema, change.objid);
    end if;
    if change.classid = 'pg_class'::regclass and change.command_tag in ('ALTER TABLE', 'ALTER FOREIGN TABLE') then
      perform tenantry.close_partitions(workspace_schema, change.objid);
    end if;
  end loop;
  perform tenantry.register_functions(workspace, array_agg(d.objid))
  from pg_event_trigger_ddl_commands() d
  where d.schema_name = workspace_schema and d.classid = 'pg_proc'::regclass and d.command_tag <> 'COMMENT'
  having count(*) > 0;
  -- Ids of hand-made tables and columns: given at first sight, kept over renames.
  if registers then
    perform tenantry.register_relations(workspace, touched);
    perform tenantry.register_columns(d.objid)
    from (
      select distinct d.objid from pg_event_trigger_ddl_commands() d
      where d.schema_name = workspace_schema and d.classid = 'pg_class'::regclass and d.command_tag = 'ALTER TABLE'
    ) d;
  end if;
end
$$;

revoke execute on function tenantry.follow_ddl(uuid, text) from public;
