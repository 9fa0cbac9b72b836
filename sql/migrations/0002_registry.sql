-- The registry: what the catalog cannot say about a workspace's tables and columns. Rows annotate; they never make anything
-- exist. A row is found by the oid (or attribute number) and the name together, else by the name (after a restore oids are
-- new), else by the oid (after a rename that nobody announced).

create table tenantry.objects (
  id uuid primary key default tenantry.uuidv7(),
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  table_oid oid not null,
  table_name text not null,
  -- Names, labels, icon, switches; what is absent is as the standard definition or the catalog says.
  annotation jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index objects_workspace_id_idx on tenantry.objects (workspace_id);
create index objects_table_oid_idx on tenantry.objects (table_oid);
comment on table tenantry.objects is 'Stable ids and annotations of tables; the catalog alone says what exists.';

create table tenantry.fields (
  id uuid primary key,
  object_id uuid not null references tenantry.objects on delete cascade,
  -- The first column of the field. A relation has two faces: "own" on the table that holds the foreign key, "inverse" on
  -- the one it points at; both hang on the key's column.
  column_number smallint not null,
  column_name text not null,
  face text not null check (face in ('own', 'inverse')),
  annotation jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index fields_object_id_idx on tenantry.fields (object_id);
comment on table tenantry.fields is 'Rows for fields that differ from what definition and catalog say; all others have derived ids.';

-- An id out of a text, RFC 9562 version 8: the gateway derives the same ids (tenants/uuid.ts).
create function tenantry.derived_id(name text) returns uuid
  language sql immutable parallel safe
  set search_path = pg_catalog
as $$
  select encode(set_byte(set_byte(h, 6, get_byte(h, 6) & 15 | 128), 8, get_byte(h, 8) & 63 | 128), 'hex')::uuid
  from (select substring(sha256(convert_to(name, 'UTF8')) for 16) as h) as hash
$$;

-- Gives every table of the schema its row, and rows the names and oids that are true now.
create function tenantry.register_tables(workspace uuid) returns void
  language sql volatile
  set search_path = pg_catalog
as $$
  with relation as (
    select c.oid, c.relname::text as name
    from tenantry.workspaces w
    join pg_namespace n on n.nspname = w.schema_name
    -- By way of pg_depend: pg_class has no index on the schema, and thousands of schemas lie side by side.
    join pg_depend d on d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid and d.classid = 'pg_class'::regclass
    join pg_class c on c.oid = d.objid and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    where w.id = workspace
  ),
  matched as (
    select r.oid, r.name, (
      select o.id from tenantry.objects o
      where o.workspace_id = workspace and (o.table_name = r.name or o.table_oid = r.oid)
        -- A row whose own name still exists belongs to that name.
        and (o.table_name = r.name or not exists (select from relation other where other.name = o.table_name))
      order by (o.table_name = r.name and o.table_oid = r.oid) desc, (o.table_name = r.name) desc
      limit 1
    ) as id
    from relation r
  ),
  renamed as (
    -- A name that somebody gave goes with the table's old name; a restore changes oids alone.
    update tenantry.objects o set table_oid = m.oid, table_name = m.name, updated_at = now(),
      annotation = case when o.table_name = m.name then o.annotation
        else o.annotation - 'nameSingular' - 'namePlural' end
    from matched m where o.id = m.id and (o.table_oid <> m.oid or o.table_name <> m.name)
  )
  insert into tenantry.objects (id, workspace_id, table_oid, table_name)
  select tenantry.derived_id(workspace || ':' || m.oid), workspace, m.oid, m.name from matched m where m.id is null
  on conflict (id) do nothing
$$;

-- Gives every column of one table its row, so that its fields keep their ids when attribute numbers change in a restore.
create function tenantry.register_columns(relation oid) returns void
  language sql volatile
  set search_path = pg_catalog
as $$
  update tenantry.fields f set column_name = a.attname, updated_at = now(),
    annotation = case f.face when 'own' then f.annotation - 'name' else f.annotation end
  from tenantry.objects o
  join pg_attribute a on a.attrelid = o.table_oid
  where o.table_oid = relation and f.object_id = o.id and a.attnum = f.column_number and not a.attisdropped
    and f.column_name <> a.attname;
  insert into tenantry.fields (id, object_id, column_number, column_name, face)
  select tenantry.derived_id(o.id || ':' || a.attnum || ':own'), o.id, a.attnum, a.attname, 'own'
  from tenantry.objects o
  join pg_attribute a on a.attrelid = o.table_oid and a.attnum > 0 and not a.attisdropped
  where o.table_oid = relation
    and not exists (
      select from tenantry.fields f
      where f.object_id = o.id and f.face = 'own' and f.column_number = a.attnum
    )
  on conflict (id) do nothing
$$;

-- All of a workspace's rows as one document.
create function tenantry.registry(workspace uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', o.id,
    'oid', o.table_oid::text,
    'table', o.table_name,
    'annotation', o.annotation,
    'createdAt', o.created_at,
    'updatedAt', o.updated_at,
    'fields', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', f.id,
        'number', f.column_number,
        'column', f.column_name,
        'face', f.face,
        'annotation', f.annotation,
        'createdAt', f.created_at,
        'updatedAt', f.updated_at
      )), '[]')
      from tenantry.fields f where f.object_id = o.id
    )
  )), '[]')
  from tenantry.objects o where o.workspace_id = workspace
$$;

select tenantry.register_tables(id) from tenantry.workspaces;
