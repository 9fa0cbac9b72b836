-- What roles may do. The rows here say what somebody wants; the grants and policies of Postgres, which follow from them in
-- the same transaction, are what holds. Tables and columns are named, and their oids noted, so that a rename by hand does not
-- shed a restriction and a dump restored elsewhere finds its tables again.

alter table tenantry.roles
  add can_update_all_settings boolean not null default false,
  add can_access_all_tools boolean not null default false,
  add can_read_all_object_records boolean not null default false,
  add can_update_all_object_records boolean not null default false,
  -- Null: as updating.
  add can_create_all_object_records boolean,
  add can_soft_delete_all_object_records boolean not null default false,
  add can_destroy_all_object_records boolean not null default false,
  add can_be_assigned_to_users boolean not null default true,
  add can_be_assigned_to_agents boolean not null default true,
  add can_be_assigned_to_api_keys boolean not null default true,
  -- Fields that no permission names are hidden.
  add lists_fields boolean not null default false,
  add flags text[] not null default '{}';

-- Roles from before: what their labels meant.
update tenantry.roles set
  can_update_all_settings = label = 'Admin',
  can_access_all_tools = label = 'Admin',
  can_read_all_object_records = true,
  can_update_all_object_records = label <> 'Guest',
  can_soft_delete_all_object_records = label <> 'Guest',
  can_destroy_all_object_records = label <> 'Guest';

alter table tenantry.roles add constraint roles_writing_needs_reading check (
  can_read_all_object_records
  or not (can_update_all_object_records or coalesce(can_create_all_object_records, false)
    or can_soft_delete_all_object_records or can_destroy_all_object_records)
);

-- Null is "as the role says"; creating is "as updating" first.
create table tenantry.object_permissions (
  role_id uuid not null references tenantry.roles on delete cascade,
  table_name text not null,
  table_oid oid,
  can_read boolean,
  can_create boolean,
  can_update boolean,
  can_soft_delete boolean,
  can_destroy boolean,
  primary key (role_id, table_name)
);

create table tenantry.field_permissions (
  id uuid primary key default tenantry.uuidv7(),
  role_id uuid not null references tenantry.roles on delete cascade,
  table_name text not null,
  column_name text not null,
  table_oid oid,
  column_number int2,
  can_read boolean,
  can_update boolean,
  unique (role_id, table_name, column_name)
);

create table tenantry.row_rule_groups (
  id uuid primary key,
  role_id uuid not null references tenantry.roles on delete cascade,
  table_name text not null,
  table_oid oid,
  parent_id uuid references tenantry.row_rule_groups on delete cascade,
  logical_operator text not null check (logical_operator in ('AND', 'OR')),
  position double precision not null default 0
);
create index row_rule_groups_role_id_idx on tenantry.row_rule_groups (role_id, table_name);

create table tenantry.row_rules (
  id uuid primary key,
  role_id uuid not null references tenantry.roles on delete cascade,
  table_name text not null,
  column_name text not null,
  table_oid oid,
  column_number int2,
  operand text not null,
  value jsonb,
  -- Compared with this column of the caller's own workspace_member record instead of a value.
  member_column text,
  -- What the API calls the field's part; the column above is what is compared.
  sub_field_name text,
  member_sub_field_name text,
  group_id uuid references tenantry.row_rule_groups on delete cascade,
  position double precision not null default 0
);
create index row_rules_role_id_idx on tenantry.row_rules (role_id, table_name);

create table tenantry.member_roles (
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  -- Id of the workspace_member record. No foreign key may cross from here into a workspace's schema.
  workspace_member_id uuid not null,
  role_id uuid not null references tenantry.roles,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, workspace_member_id)
);
create index member_roles_role_id_idx on tenantry.member_roles (role_id);

-- Brings names up to date after a rename by hand, and oids after a table was made anew under its name.
create function tenantry.follow_renames(workspace_schema text) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  permissions text;
  has_columns boolean;
begin
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

-- The permission matrix: what a role may do with each table and view of its workspace, and with which columns. Columns of a
-- key and "deleted_at" are always readable where the object is: without them a record can be neither named nor told from
-- one in the trash. A generated column is as readable as everything it is made of. Partitions are reached through their
-- table alone. Starts from pg_depend like catalog.sql, so its cost does not grow with the number of workspaces.
create function tenantry.permission_matrix(role uuid, relation oid default null)
returns table (
  relation_oid oid, relation_name name,
  can_read boolean, can_create boolean, can_update boolean, can_soft_delete boolean, can_destroy boolean,
  all_columns name[], readable name[], insertable name[], updatable name[]
)
  language sql stable
  set search_path = pg_catalog
as $$
  with member as (
    select r.*, n.oid as namespace
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
      coalesce(p.can_create, p.can_update, m.can_create_all_object_records, m.can_update_all_object_records) as creates,
      coalesce(p.can_update, m.can_update_all_object_records) as updates,
      coalesce(p.can_soft_delete, m.can_soft_delete_all_object_records) as trashes,
      coalesce(p.can_destroy, m.can_destroy_all_object_records) as destroys
    from member m
    join pg_depend d on d.refclassid = 'pg_namespace'::regclass and d.refobjid = m.namespace
      and d.classid = 'pg_class'::regclass
    join pg_class c on c.oid = d.objid and c.relkind in ('r', 'p', 'v', 'm', 'f')
    left join tenantry.object_permissions p on p.role_id = m.id and p.table_name = c.relname
    where relation is null or c.oid = relation
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

-- `SELECT` for the whole table, `SELECT (a, b)` for some of its columns, nothing for none.
create function tenantry.column_privilege(privilege text, columns name[], everything name[]) returns text
  language sql immutable
  set search_path = pg_catalog
as $$
  select case
    when columns = '{}' then null
    when columns = everything then privilege
    else privilege || ' (' || (select string_agg(quote_ident(c), ', ' order by o) from unnest(columns) with ordinality u (c, o)) || ')'
  end
$$;

-- What a role of Postgres holds on a relation, in the words of column_privilege.
create function tenantry.held_privileges(relation oid, pg_role text) returns text[]
  language sql stable
  set search_path = pg_catalog
as $$
  select coalesce(array_agg(held order by held), '{}') from (
    select a.privilege_type as held from pg_class c, aclexplode(c.relacl) a
    where c.oid = relation and a.grantee = (select oid from pg_roles where rolname = pg_role)
    union all
    select x.privilege_type || ' (' || string_agg(quote_ident(a.attname), ', ' order by a.attnum) || ')'
    from pg_attribute a, aclexplode(a.attacl) x
    where a.attrelid = relation and not a.attisdropped
      and x.grantee = (select oid from pg_roles where rolname = pg_role)
    group by x.privilege_type
  ) h
$$;

-- Makes the grants of a role what its matrix says; touches only what differs. Nothing for a role that is not yet in Postgres.
create function tenantry.grant_matrix(role uuid, relation oid default null) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  grantee text := (
    select r.pg_role from tenantry.roles r join pg_roles p on p.rolname = r.pg_role where r.id = role
  );
  cell record;
  wanted text[];
  privilege text;
begin
  if grantee is null then
    return;
  end if;
  for cell in select * from tenantry.permission_matrix(role, relation) loop
    select coalesce(array_agg(w order by w), '{}') into wanted from unnest(array[
      tenantry.column_privilege('SELECT', cell.readable, cell.all_columns),
      tenantry.column_privilege('INSERT', cell.insertable, cell.all_columns),
      tenantry.column_privilege('UPDATE', cell.updatable, cell.all_columns),
      case when cell.can_destroy then 'DELETE' end
    ]) w where w is not null;
    continue when wanted = tenantry.held_privileges(cell.relation_oid, grantee);
    -- Takes the privileges on columns with it.
    execute format('revoke all on %s from %I', cell.relation_oid::regclass, grantee);
    foreach privilege in array wanted loop
      execute format('grant %s on %s to %I', privilege, cell.relation_oid::regclass, grantee);
    end loop;
  end loop;
end
$$;

-- Grants of one relation for all roles of its workspace, after its columns or its name have changed.
create function tenantry.grant_relation(workspace_schema text, relation oid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  role uuid;
begin
  perform tenantry.follow_renames(workspace_schema);
  for role in
    select r.id from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id
    where w.schema_name = workspace_schema and r.pg_role is not null
  loop
    perform tenantry.grant_matrix(role, relation);
  end loop;
end
$$;

revoke execute on function tenantry.follow_renames(text), tenantry.permission_matrix(uuid, oid),
  tenantry.held_privileges(oid, text), tenantry.grant_matrix(uuid, oid), tenantry.grant_relation(text, oid) from public;

-- Limits that a key may have of its own.
alter table tenantry.api_keys add rate_limit_per_minute integer check (rate_limit_per_minute > 0);
drop trigger api_key_changed on tenantry.api_keys;
create trigger api_key_changed after insert or delete or update
  of workspace_id, role_id, name, expires_at, revoked_at, token_version, rate_limit_per_minute on tenantry.api_keys
  for each row execute function tenantry.notify_change('key');

-- Operators' keys: a random secret, of which only the SHA-256 is kept.
create table tenantry.operator_keys (
  id uuid primary key default tenantry.uuidv7(),
  name text not null check (length(name) between 1 and 200),
  secret_hash bytea not null unique,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);

create table tenantry.sign_in_links (
  id uuid primary key default tenantry.uuidv7(),
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  workspace_member_id uuid not null,
  secret_hash bytea not null unique,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now()
);

-- What operators did; outlives what it was done to.
create table tenantry.audit (
  id uuid primary key default tenantry.uuidv7(),
  at timestamptz not null default now(),
  operator_key_id uuid,
  operator_name text not null,
  action text not null,
  workspace_id uuid,
  details jsonb not null default '{}'
);
