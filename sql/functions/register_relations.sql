-- Adds registry rows for some relations (null: for all) of a workspace's schema, and updates the names and oids of existing rows. A table
-- that arrives or gets another name records the version of the model, which identifies the older of two tables that claim one name in the
-- API. So raise the version before: its row lock puts the transactions that change a workspace's tables in one order.
create or replace function tenantry.register_relations(workspace uuid, relations oid[]) returns void
  language sql volatile
  set search_path = pg_catalog
as $$
  with relation as (
    -- The index on names has the collation of the database, not that of the catalog.
    select c.oid, c.relname::text collate "default" as name, c.relnamespace
    from tenantry.workspaces w, tenantry.relations_of(w.schema_name, relations) c
    where w.id = workspace and not c.relispartition
  ),
  matched as (
    select r.oid, r.name, (
      select o.id from (
        select o.* from tenantry.objects o where o.workspace_id = workspace and o.table_name = r.name
        union
        select o.* from tenantry.objects o where o.workspace_id = workspace and o.table_oid = r.oid
          -- A row whose own name still exists belongs to that name.
          and not exists (
            select from pg_class other
            where other.relname = o.table_name and other.relnamespace = r.relnamespace and other.relkind in ('r', 'p', 'v', 'm', 'f')
              and not other.relispartition
          )
      ) o
      order by (o.table_name = r.name and o.table_oid = r.oid) desc, (o.table_name = r.name) desc
      limit 1
    ) as id
    from relation r
  ),
  renamed as (
    -- An explicit name belongs to the table's old name; a restore changes oids alone.
    update tenantry.objects o set table_oid = m.oid, table_name = m.name, updated_at = now(),
      named_version = case when o.table_name = m.name then o.named_version else w.version end,
      annotation = case when o.table_name = m.name then o.annotation
        else o.annotation - 'nameSingular' - 'namePlural' end
    from matched m, tenantry.workspaces w where w.id = workspace and o.id = m.id and (o.table_oid <> m.oid or o.table_name <> m.name)
  )
  insert into tenantry.objects (id, workspace_id, table_oid, table_name, named_version)
  select tenantry.derived_id(workspace || ':' || m.oid), workspace, m.oid, m.name, w.version
  from matched m join tenantry.workspaces w on w.id = workspace where m.id is null
  on conflict (id) do nothing
$$;
