-- Blanks all images of a record in the feed and in the history, and returns the number of changes. The record is locked meanwhile, so no
-- transaction that changed it before commits an image after; and the history is not filled, so no image is copied past the erasure.
create or replace function tenantry_runtime.erase_record(workspace uuid, table_name text, record text) returns bigint
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  target record;
  changed bigint[];
  kept bigint[];
  timed boolean;
begin
  select o.id, o.table_oid as oid, tenantry_runtime.key_numbers(o.table_oid) as key, c.relkind as kind into target
  from tenantry.objects o
  join tenantry.workspaces w on w.id = o.workspace_id
  join pg_namespace n on n.nspname = w.schema_name
  join pg_class c on c.relnamespace = n.oid and c.oid = o.table_oid
  where w.id = workspace and c.relname = erase_record.table_name;
  if target.id is null then
    return 0;
  end if;
  if target.kind in ('r', 'p') and target.key is not null then
    perform tenantry_runtime.lock_record(target.oid, tenantry_runtime.key_names(target.oid, target.key, clock_timestamp()), record);
  end if;
  timed := tenantry_runtime.has_times(target.oid, target.key);
  perform from tenantry_runtime.history_place for update;
  with found as (
    select c.id, c.at from tenantry_runtime.changes c
    cross join lateral (select tenantry_runtime.key_names(target.oid, target.key, c.at) as names) k
    where c.workspace_id = workspace and coalesce(pg_partition_root(c.table_oid), c.table_oid) = target.oid
      and case when timed
        then record in (
          tenantry_runtime.record_id(target.oid, target.key, k.names, c.before), tenantry_runtime.record_id(target.oid, target.key, k.names, c.after)
        )
        else record in (tenantry_runtime.record_id(k.names, c.before), tenantry_runtime.record_id(k.names, c.after))
      end
  ),
  blanked as (
    update tenantry_runtime.changes c set before = null, after = null, is_complete = false
    from found f where c.workspace_id = workspace and c.id = f.id and c.at = f.at
    returning c.id
  )
  select array_agg(b.id) into changed from blanked b;
  with blanked as (
    update tenantry_runtime.history h set before = null, after = null, is_complete = false
    where h.workspace_id = workspace and h.object_id = target.id and record in (h.record_id, h.previous_id)
      and (h.before is not null or h.after is not null)
    returning h.id
  )
  select array_agg(b.id) into kept from blanked b;
  return (select count(distinct x) from unnest(changed || kept) x);
end
$$;

revoke execute on function tenantry_runtime.erase_record(uuid, text, text) from public;
