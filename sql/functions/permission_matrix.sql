-- The permission matrix of a role: what it may do with relations of its workspace (null: with all), and with which columns.
-- Key columns and "deleted_at" are readable wherever the object is: without them a record can be neither named nor distinguished from a
-- deleted one. A generated column is readable if all its sources are. Partitions are reached through their table alone. Members
-- are edited only by roles that manage members, since record rules compare with the caller's own member record, and made and destroyed by none. Starts from
-- pg_depend like catalog.sql, so the cost does not grow with the number of workspaces.
create or replace function tenantry.permission_matrix(role uuid, relations oid[])
returns table (
  relation_oid oid, relation_name name,
  can_read boolean, can_create boolean, can_update boolean, can_soft_delete boolean, can_destroy boolean,
  all_columns name[], readable name[], insertable name[], updatable name[]
)
  language sql stable rows 100
  set search_path = pg_catalog
as $$
  with member as (
    select r.*, n.nspname, r.can_update_all_settings or 'WORKSPACE_MEMBERS' = any (r.flags) as manages_members
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
      c.relname <> 'workspace_member' and coalesce(
        p.can_create, p.can_update, m.can_create_all_object_records, m.can_update_all_object_records
      ) as creates,
      w.is_open and coalesce(p.can_update, m.can_update_all_object_records) as updates,
      w.is_open and coalesce(p.can_soft_delete, m.can_soft_delete_all_object_records) as trashes,
      c.relname <> 'workspace_member' and coalesce(p.can_destroy, m.can_destroy_all_object_records) as destroys
    from member m
    cross join lateral tenantry.relations_of(m.nspname, relations) c
    left join tenantry.object_permissions p on p.role_id = m.id and p.table_name = c.relname
    cross join lateral (select c.relname <> 'workspace_member' or m.manages_members as is_open) w
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

revoke execute on function tenantry.permission_matrix(uuid, oid[]) from public;
