-- Deletes at most `most` records that were soft-deleted at `cutoff` or before, from tables that Tenantry made: in other tables
-- "deleted_at" may mean something else. Records that a foreign key protects stay and are counted. A locked table is skipped
-- until the next run.
create or replace function tenantry.purge_trash(workspace uuid, standard_tables text[], cutoff timestamptz, most integer)
returns table (table_name text, purged bigint, kept bigint)
  language plpgsql volatile
  set search_path = pg_catalog
  set lock_timeout = '1s'
as $$
declare
  relation regclass;
  record_at tid;
  remaining bigint := most;
begin
  for relation, table_name in
    select c.oid, c.relname
    from tenantry.workspaces w
    join pg_namespace n on n.nspname = w.schema_name
    join tenantry.objects o on o.workspace_id = w.id
    join pg_class c on c.oid = o.table_oid and c.relnamespace = n.oid and c.relname = o.table_name and c.relkind = 'r'
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'deleted_at' and a.atttypid = 'timestamptz'::regtype
      and not a.attisdropped
    where w.id = workspace
      and (o.annotation @> '{"isManaged": true}' or w.has_standard_objects and o.table_name = any (standard_tables))
    order by c.relname
  loop
    exit when remaining <= 0;
    purged := 0;
    kept := 0;
    begin
      execute format('delete from %s where ctid = any (array(
        select ctid from %1$s where deleted_at <= $1 limit $2 for update skip locked))', relation) using cutoff, remaining;
      get diagnostics purged = row_count;
    exception
      when lock_not_available or deadlock_detected then
        continue;
      when others then
        -- One by one. In any order, so that rows that cannot be deleted do not block others.
        for record_at in execute format('select ctid from %s where deleted_at <= $1 order by random() limit $2', relation)
          using cutoff, remaining
        loop
          begin
            execute format('delete from %s where ctid = $1 and deleted_at <= $2', relation) using record_at, cutoff;
            purged := purged + 1;
          exception when others then
            kept := kept + 1;
          end;
        end loop;
    end;
    remaining := remaining - purged;
    if purged > 0 or kept > 0 then
      return next;
    end if;
  end loop;
end
$$;
