-- What follows a change of the data model, in its transaction and in one call: ids, names and grants of what it made or altered,
-- and the next version. Grants are looked at where the change has written the catalog, and elsewhere only where something may have
-- happened that nobody saw.

-- Names that permissions and rules use, as before; but most workspaces restrict nothing, and then there is nothing to follow.
create or replace function tenantry.follow_renames(workspace_schema text) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  permissions text;
  has_columns boolean;
begin
  if not exists (
    select from tenantry.workspaces w join tenantry.roles r on r.workspace_id = w.id
    where w.schema_name = workspace_schema and (
      exists (select from tenantry.object_permissions p where p.role_id = r.id)
      or exists (select from tenantry.field_permissions p where p.role_id = r.id)
      or exists (select from tenantry.row_rule_groups p where p.role_id = r.id)
      or exists (select from tenantry.row_rules p where p.role_id = r.id)
    )
  ) then
    return;
  end if;
  for permissions, has_columns in
    values ('object_permissions', false), ('field_permissions', true), ('row_rule_groups', false), ('row_rules', true)
  loop
    execute format(
      'update tenantry.%I p set table_name = c.relname
       from pg_class c, pg_namespace n, tenantry.roles r, tenantry.workspaces w
       where c.oid = p.table_oid and c.relname <> p.table_name and n.oid = c.relnamespace and n.nspname = $1
         and r.id = p.role_id and w.id = r.workspace_id and w.schema_name = $1', permissions) using workspace_schema;
    execute format(
      'update tenantry.%I p set table_oid = c.oid %s
       from pg_class c, pg_namespace n, tenantry.roles r, tenantry.workspaces w
       where c.relname = p.table_name and n.oid = c.relnamespace and n.nspname = $1
         and p.table_oid is distinct from c.oid
         and r.id = p.role_id and w.id = r.workspace_id and w.schema_name = $1',
      permissions, case when has_columns then ', column_number = null' else '' end) using workspace_schema;
    continue when not has_columns;
    execute format(
      'update tenantry.%I p set column_name = a.attname
       from pg_attribute a, tenantry.roles r, tenantry.workspaces w
       where a.attrelid = p.table_oid and a.attnum = p.column_number and not a.attisdropped
         and a.attname <> p.column_name
         and r.id = p.role_id and w.id = r.workspace_id and w.schema_name = $1', permissions) using workspace_schema;
    execute format(
      'update tenantry.%I p set column_number = a.attnum
       from pg_attribute a, tenantry.roles r, tenantry.workspaces w
       where a.attrelid = p.table_oid and a.attname = p.column_name and not a.attisdropped and a.attnum > 0
         and p.column_number is distinct from a.attnum
         and r.id = p.role_id and w.id = r.workspace_id and w.schema_name = $1', permissions) using workspace_schema;
  end loop;
end
$$;

-- The matrix for some relations of the workspace; null means all of them.
create function tenantry.permission_matrix(role uuid, relations oid[])
returns table (
  relation_oid oid, relation_name name,
  can_read boolean, can_create boolean, can_update boolean, can_soft_delete boolean, can_destroy boolean,
  all_columns name[], readable name[], insertable name[], updatable name[]
)
  language sql stable
  set search_path = pg_catalog
as $$
  with member as (
    select r.*, n.oid as namespace, r.can_update_all_settings or 'WORKSPACE_MEMBERS' = any (r.flags) as manages_members
    from tenantry.roles r
    join tenantry.workspaces w on w.id = r.workspace_id
    join pg_namespace n on n.nspname = w.schema_name
    where r.id = role
  ),
  object as (
    select c.oid, c.relname, m.id as role_id, m.lists_fields,
      exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'deleted_at' and not a.attisdropped)
        as has_trash,
      not c.relispartition and coalesce(p.can_read, m.can_read_all_object_records) and (not m.lists_fields or exists (
        select from tenantry.field_permissions f where f.role_id = m.id and f.table_name = c.relname and f.can_read
      )) as reads,
      w.is_open and coalesce(
        p.can_create, p.can_update, m.can_create_all_object_records, m.can_update_all_object_records
      ) as creates,
      w.is_open and coalesce(p.can_update, m.can_update_all_object_records) as updates,
      w.is_open and coalesce(p.can_soft_delete, m.can_soft_delete_all_object_records) as trashes,
      w.is_open and coalesce(p.can_destroy, m.can_destroy_all_object_records) as destroys
    from member m
    join pg_depend d on d.refclassid = 'pg_namespace'::regclass and d.refobjid = m.namespace
      and d.classid = 'pg_class'::regclass
    join pg_class c on c.oid = d.objid and c.relkind in ('r', 'p', 'v', 'm', 'f')
    left join tenantry.object_permissions p on p.role_id = m.id and p.table_name = c.relname
    cross join lateral (select c.relname <> 'workspace_member' or m.manages_members as is_open) w
    where relations is null or d.objid = any (relations)
  ),
  field as (
    select o.oid, a.attnum, a.attname, a.attgenerated,
      v.is_vital,
      v.is_vital or coalesce(f.can_read, not o.lists_fields) as reads,
      case
        when f.can_update is not null then f.can_update
        -- What the gateway fills by itself: authors, times, positions.
        when v.is_vital or a.attname ~ '^(created_at|updated_at|position|(created|updated)_by_.+)$' then true
        else coalesce(f.can_read, not o.lists_fields)
      end as writes
    from object o
    join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
    left join tenantry.field_permissions f
      on f.role_id = o.role_id and f.table_name = o.relname and f.column_name = a.attname
    cross join lateral (select a.attname = 'deleted_at' or exists (
      select from pg_index i where i.indrelid = o.oid and i.indisprimary and a.attnum = any (i.indkey)
    ) as is_vital) v
  ),
  seen as (
    select f.*, f.reads and not exists (
      select from pg_depend d
      left join pg_attrdef e on d.classid = 'pg_attrdef'::regclass and e.oid = d.objid
      join field source on source.oid = f.oid and source.attnum = d.refobjsubid and not source.reads
      where f.attgenerated <> '' and d.refclassid = 'pg_class'::regclass and d.refobjid = f.oid
        and (e.adrelid = f.oid and e.adnum = f.attnum
          or d.classid = 'pg_class'::regclass and d.objid = f.oid and d.objsubid = f.attnum)
    ) as is_readable
    from field f
  )
  select o.oid, o.relname, o.reads, o.reads and o.creates, o.reads and o.updates,
    o.reads and (case when o.has_trash then o.trashes else o.destroys end), o.reads and o.destroys,
    coalesce(c.everything, '{}'),
    case when o.reads then coalesce(c.readable, '{}') else '{}' end,
    case when o.reads and o.creates then coalesce(c.writable, '{}') else '{}' end,
    case
      when not o.reads then '{}'
      when o.updates and (o.trashes or not o.has_trash) then coalesce(c.writable, '{}')
      when o.updates then coalesce(c.updatable, '{}')
      when o.has_trash and o.trashes then coalesce(c.trash, '{}')
      else '{}'
    end
  from object o
  left join (
    select s.oid,
      array_agg(s.attname order by s.attnum) as everything,
      array_agg(s.attname order by s.attnum) filter (where s.is_readable) as readable,
      array_agg(s.attname order by s.attnum) filter (where s.writes) as writable,
      array_agg(s.attname order by s.attnum) filter (where s.writes and s.attname <> 'deleted_at') as updatable,
      array_agg(s.attname order by s.attnum)
        filter (where s.attname ~ '^(deleted_at|updated_at|updated_by_.+)$') as trash
    from seen s group by s.oid
  ) c on c.oid = o.oid
$$;

create or replace function tenantry.permission_matrix(role uuid, relation oid default null)
returns table (
  relation_oid oid, relation_name name,
  can_read boolean, can_create boolean, can_update boolean, can_soft_delete boolean, can_destroy boolean,
  all_columns name[], readable name[], insertable name[], updatable name[]
)
  language sql stable
  set search_path = pg_catalog
as $$
  select * from tenantry.permission_matrix(role, case when relation is not null then array[relation] end)
$$;

-- Makes the grants of a role on some relations (null: on all) what its matrix says; touches only what differs. Nothing for a
-- role that is not yet in Postgres. What is wanted and what is held are found by one query: a call for each relation cost more than
-- everything else about a change.
create function tenantry.grant_relations(role uuid, relations oid[]) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  grantee text;
  grantee_oid oid;
  cell record;
  privilege text;
  has_rules boolean := exists (select from tenantry.row_rules u where u.role_id = role);
begin
  select p.rolname, p.oid into grantee, grantee_oid
  from tenantry.roles r join pg_roles p on p.rolname = r.pg_role where r.id = role;
  if grantee is null then
    return;
  end if;
  for cell in
    select m.relation_oid, w.wanted
    from tenantry.permission_matrix(role, relations) m
    -- Only the owner of a table may grant on it: what somebody else has made stays as its maker left it.
    join pg_class c on c.oid = m.relation_oid and pg_has_role(c.relowner, 'usage')
    cross join lateral (
      select coalesce(array_agg(v.privilege order by v.privilege), '{}') as wanted
      from (
        select case when u.columns = m.all_columns then u.kind
          else u.kind || ' (' || (select string_agg(quote_ident(c), ', ' order by o) from unnest(u.columns) with ordinality x (c, o)) || ')'
        end as privilege
        from (values ('SELECT', m.readable), ('INSERT', m.insertable), ('UPDATE', m.updatable)) u (kind, columns)
        where u.columns <> '{}'
        union all
        select 'DELETE' where m.can_destroy
      ) v
      -- A role whose record rules do not hold on a relation holds nothing on it.
      where not has_rules or tenantry.rules_hold(role, m.relation_oid)
    ) w
    cross join lateral (
      -- As tenantry.held_privileges says it.
      select coalesce(array_agg(h.privilege order by h.privilege), '{}') as held
      from (
        select a.privilege_type as privilege from aclexplode(c.relacl) a where a.grantee = grantee_oid
        union all
        select x.privilege_type || ' (' || string_agg(quote_ident(a.attname), ', ' order by a.attnum) || ')'
        from pg_attribute a, aclexplode(a.attacl) x
        where a.attrelid = m.relation_oid and a.attacl is not null and not a.attisdropped and x.grantee = grantee_oid
        group by x.privilege_type
      ) h
    ) g
    where w.wanted <> g.held
  loop
    -- Takes the privileges on columns with it.
    execute format('revoke all on %s from %I', cell.relation_oid::regclass, grantee);
    foreach privilege in array cell.wanted loop
      execute format('grant %s on %s to %I', privilege, cell.relation_oid::regclass, grantee);
    end loop;
  end loop;
end
$$;

create or replace function tenantry.grant_matrix(role uuid, relation oid default null) returns void
  language sql
  set search_path = pg_catalog
as $$
  select tenantry.grant_relations(role, case when relation is not null then array[relation] end)
$$;

-- Relations of a schema whose rows, or whose columns' rows, in the catalog were written by this transaction itself; work under
-- savepoints has other ids and would be missed.
create function tenantry.relations_changed_here(workspace_schema text) returns oid[]
  language sql stable
  set search_path = pg_catalog
as $$
  select coalesce(array_agg(c.oid), '{}')
  from pg_namespace n
  join pg_depend d on d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid and d.classid = 'pg_class'::regclass
  join pg_class c on c.oid = d.objid and c.relkind in ('r', 'p', 'v', 'm', 'f')
  where n.nspname = workspace_schema and (
    c.xmin = pg_current_xact_id()::xid
    or exists (select from pg_attribute a where a.attrelid = c.oid and a.xmin = pg_current_xact_id()::xid)
  )
$$;

-- Ends the change of a workspace's data model that this transaction has made.
create function tenantry.end_model_change(workspace uuid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  workspace_schema text := (select schema_name from tenantry.workspaces where id = workspace);
  changed oid[];
begin
  perform tenantry.register_tables(workspace);
  perform tenantry.follow_renames(workspace_schema);
  -- Where no event trigger sees what is done by hand, that has no grants yet either: all relations, then.
  if exists (select from pg_event_trigger where evtname = 'tenantry_ddl' and evtenabled in ('O', 'A')) then
    changed := tenantry.relations_changed_here(workspace_schema);
  end if;
  -- Rules may have been lost, or come back, on relations that the change has not touched.
  perform tenantry.grant_relations(
    r.id, case when not exists (select from tenantry.row_rules u where u.role_id = r.id) then changed end
  ) from tenantry.roles r where r.workspace_id = workspace and r.pg_role is not null;
  update tenantry.workspaces set version = version + 1, updated_at = now() where id = workspace;
end
$$;

drop function tenantry.column_privilege(text, name[], name[]);

revoke execute on function tenantry.permission_matrix(uuid, oid[]), tenantry.grant_relations(uuid, oid[]),
  tenantry.relations_changed_here(text), tenantry.end_model_change(uuid) from public;
