-- Postgres itself says when a data model changes, whoever changes it. In the transaction of the change, the version of
-- the workspace whose schema it touched is raised, once (the workspaces' own trigger then notifies the gateways), and
-- what is new in the schema is opened to the workspace's roles and entered in the registry. Tenantry's own DDL does all
-- of that by itself and says so in tenantry.applying. A fault in here never breaks the operator's statement: it becomes
-- a warning.

-- Locks the rows of these workspaces in the order of their ids, before any row of the registry: changes through the metadata API lock
-- them in the same order. Of tables and workspaces the order is the opposite, since Postgres locks a table before it calls an event
-- trigger: a metadata change that waits for the table meanwhile is repeated, so the deadlock is left to that session to detect.
create or replace function tenantry.raise_versions(schemas text[]) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  -- Workspaces whose version this transaction has raised, kept in a setting that ends (and rolls back) with it.
  raised text := coalesce(current_setting('tenantry.raised', true), '');
  patience constant text := current_setting('deadlock_timeout');
  may_wait constant boolean := has_parameter_privilege('deadlock_timeout', 'SET');
  workspace uuid;
begin
  if may_wait then
    perform set_config('deadlock_timeout', '60s', true);
  end if;
  for workspace in
    select w.id from tenantry.workspaces w
    where w.schema_name = any (schemas) and position(w.id::text in raised) = 0
    order by w.id
  loop
    update tenantry.workspaces set version = version + 1, updated_at = now() where id = workspace;
    raised := raised || ' ' || workspace;
  end loop;
  perform set_config('tenantry.raised', raised, true);
  if may_wait then
    perform set_config('deadlock_timeout', patience, true);
  end if;
end
$$;

-- Opens one object to the workspace's roles: relations as far as each role's permission matrix says, sequences, types. What an operator
-- has taken away of a view stays away when it is replaced. Functions are left as Postgres has them: PUBLIC may execute them until
-- somebody revokes that.
create or replace function tenantry.open_to_roles(catalog oid, object oid, workspace_schema text) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  grantees text;
  kind "char";
begin
  if catalog = 'pg_class'::regclass then
    select relkind into kind from pg_class where oid = object and (relkind <> 'v' or relacl is null);
    if kind in ('r', 'p', 'v', 'm', 'f') then
      perform tenantry.grant_relation(workspace_schema, object);
      return;
    elsif kind is distinct from 'S' then
      return;
    end if;
  end if;
  select string_agg(quote_ident(r.pg_role), ', ') into grantees
  from tenantry.roles r
  join tenantry.workspaces w on w.id = r.workspace_id
  join pg_roles p on p.rolname = r.pg_role
  where w.schema_name = workspace_schema
    -- Numbers are drawn by those who may create.
    and (kind is distinct from 'S' or exists (select from tenantry.permission_matrix(r.id) m where m.can_create)
      or coalesce(r.can_create_all_object_records, r.can_update_all_object_records));
  if grantees is null then
    return;
  end if;
  if kind = 'S' then
    execute format('grant usage, select on sequence %s to %s', object::regclass, grantees);
  elsif catalog = 'pg_type'::regclass then
    execute format('grant usage on type %s to %s', object::regtype, grantees);
  end if;
end
$$;

-- Workspaces that a change outside of their schemas reaches: one whose table was moved away (its row of the registry remembers the
-- table), and those with columns of a changed type, of its arrays, or of domains over them.
create or replace function tenantry.reached_schemas(catalog oid, object oid) returns text[]
  language sql stable
  set search_path = pg_catalog
as $$
  with recursive made_of(type) as (
    select object where catalog = 'pg_type'::regclass
    union
    select t.oid
    from made_of m
    join pg_type base on base.oid = m.type
    join pg_depend d on d.refclassid = 'pg_type'::regclass and d.refobjid = m.type and d.classid = 'pg_type'::regclass
    join pg_type t on t.oid = d.objid and (t.oid = base.typarray or t.typtype = 'd')
  )
  select coalesce(array_agg(distinct reached.schema_name), '{}')
  from (
    select w.schema_name
    from tenantry.objects o
    join tenantry.workspaces w on w.id = o.workspace_id
    where catalog = 'pg_class'::regclass and o.table_oid = object
    union all
    select w.schema_name
    from made_of m
    join pg_depend d on d.refclassid = 'pg_type'::regclass and d.refobjid = m.type
      and d.classid = 'pg_class'::regclass and d.objsubid > 0
    join pg_class c on c.oid = d.objid
    join pg_namespace n on n.oid = c.relnamespace
    join tenantry.workspaces w on w.schema_name = n.nspname
  ) reached
$$;

-- A table that has become a partition is reached through its table alone, whose rules and permissions are not its own.
create or replace function tenantry.close_partitions(workspace_schema text, whole oid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  part oid;
begin
  for part in
    select c.oid from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = whole and c.relispartition and exists (
      select from aclexplode(c.relacl) a
      join pg_roles g on g.oid = a.grantee
      join tenantry.roles r on r.pg_role = g.rolname
    )
  loop
    perform tenantry.grant_relation(workspace_schema, part);
  end loop;
end
$$;

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

create or replace function tenantry.after_drop() returns event_trigger
  language plpgsql security definer
  set search_path = pg_catalog
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
  end if;
exception
  when lock_not_available or deadlock_detected then
    raise;
  when others then
    raise warning 'tenantry: this drop was not announced to the gateways: %', sqlerrm
      using hint = 'What was dropped may be offered until the gateways start again, or the workspace changes again.';
end
$$;

revoke execute on function tenantry.raise_versions(text[]), tenantry.open_to_roles(oid, oid, text),
  tenantry.reached_schemas(oid, oid), tenantry.close_partitions(text, oid) from public;

-- GRANT is left out: it changes no model, and the grants above would call this again.
drop event trigger if exists tenantry_ddl;
create event trigger tenantry_ddl on ddl_command_end
  when tag in (
    'ALTER DOMAIN', 'ALTER FOREIGN TABLE', 'ALTER FUNCTION', 'ALTER INDEX', 'ALTER MATERIALIZED VIEW', 'ALTER PROCEDURE',
    'ALTER ROUTINE', 'ALTER SCHEMA', 'ALTER SEQUENCE', 'ALTER TABLE', 'ALTER TRIGGER', 'ALTER TYPE', 'ALTER VIEW', 'COMMENT',
    'CREATE AGGREGATE', 'CREATE DOMAIN', 'CREATE FOREIGN TABLE', 'CREATE FUNCTION', 'CREATE INDEX',
    'CREATE MATERIALIZED VIEW', 'CREATE PROCEDURE', 'CREATE RULE', 'CREATE SCHEMA', 'CREATE SEQUENCE', 'CREATE TABLE',
    'CREATE TABLE AS', 'CREATE TRIGGER', 'CREATE TYPE', 'CREATE VIEW', 'IMPORT FOREIGN SCHEMA', 'SELECT INTO'
  )
  execute function tenantry.after_ddl();

drop event trigger if exists tenantry_drop;
create event trigger tenantry_drop on sql_drop
  execute function tenantry.after_drop();
