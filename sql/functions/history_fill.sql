-- Copies the next changes of the feed into the history, at most `batch`, where history is on, and moves the place on. One caller at a
-- time: the lock of the place's row ends with the transaction, in which the entries and the place commit together. A window is read in
-- the order of transaction ids, which the feed has an index for; readers of the history sort the changes of a record by their ids.
create or replace function tenantry_runtime.fill_history(batch integer, out copied integer, out is_done boolean) returns record
  language plpgsql
  set search_path = pg_catalog
  -- The planner cannot estimate what is new: the log would be read whole, or the rest of a window sorted for each page.
  set enable_seqscan = off
  set enable_sort = off
as $$
declare
  place tenantry_runtime.history_place;
  seen pg_snapshot;
  target pg_snapshot;
  target_number bigint;
  amount integer;
  -- Of the window, the changes up to here were read. No change has numbers as low as these.
  read_xid xid8 := '0';
  read_id bigint := 0;
  reached_xid xid8;
  reached_id bigint;
begin
  copied := 0;
  is_done := true;
  select * into place from tenantry_runtime.history_place for update;
  select w.snapshot into seen from tenantry_runtime.windows w where w.number = place.after_number;
  if seen is null then
    -- The first round, or a place that the feed no longer has.
    update tenantry_runtime.history_place
    set up_to_number = null, last_xid = null, last_id = null, after_number = (select min(w.number) from tenantry_runtime.windows w)
    returning after_number is null into is_done;
    return;
  end if;
  select w.number, w.snapshot into target_number, target from tenantry_runtime.windows w
  where w.number = coalesce(place.up_to_number, (select max(l.number) from tenantry_runtime.windows l));
  if target_number is null then
    update tenantry_runtime.history_place set up_to_number = null, last_xid = null, last_id = null;
    is_done := false;
    return;
  end if;
  if target_number <= place.after_number then
    return;
  end if;
  if place.last_xid is not null then
    read_xid := place.last_xid;
    read_id := place.last_id;
  end if;
  with kept as materialized (
    select w.id from tenantry.workspaces w
    where (w.settings ->> 'history')::boolean or exists (select from tenantry.objects o where o.workspace_id = w.id and o.keeps_history)
  ),
  page as materialized (
    select p.* from (
      (select c.* from pg_snapshot_xip(seen) x (xid)
        cross join lateral (
          select c.* from tenantry_runtime.changes c
          where c.xid = x.xid and c.workspace_id in (select k.id from kept k)
            and pg_visible_in_snapshot(c.xid, target) and (c.xid, c.id) > (read_xid, read_id)
          order by c.xid, c.id limit batch
        ) c
        where x.xid >= read_xid)
      union all
      (select c.* from tenantry_runtime.changes c
        where c.xid >= pg_snapshot_xmax(seen) and c.workspace_id in (select k.id from kept k)
          and pg_visible_in_snapshot(c.xid, target) and (c.xid, c.id) > (read_xid, read_id)
        order by c.xid, c.id limit batch)
    ) p
    order by p.xid, p.id limit batch
  ),
  tables as materialized (
    select t.table_oid, o.id as object_id, o.table_oid as root_oid,
      case when o.keeps_history is null then (w.settings ->> 'historySince')::timestamptz else o.keeps_history_since end as since, tenantry_runtime.key_numbers(o.table_oid) as key,
      case when days <= 30 then 30 when days <= 90 then 90 when days <= 365 then 365 else 1095 end as retention
    from (select distinct p.workspace_id, p.table_oid from page p) t
    join tenantry.workspaces w on w.id = t.workspace_id
    join tenantry.objects o on o.workspace_id = w.id and o.table_oid = coalesce(pg_partition_root(t.table_oid), t.table_oid)
    cross join lateral (select coalesce((w.settings ->> 'eventLogRetentionDays')::integer, 90) as days) r
    where coalesce(o.keeps_history, (w.settings ->> 'history')::boolean, false)
  ),
  keyed as materialized (
    select t.*, tenantry_runtime.has_times(t.root_oid, t.key) as has_times from tables t
  ),
  entries as (
    select p.*, t.object_id, t.root_oid, t.retention,
      case when t.has_times then tenantry_runtime.record_id(t.root_oid, t.key, k.names, p.before) else tenantry_runtime.record_id(k.names, p.before) end as id_before,
      case when t.has_times then tenantry_runtime.record_id(t.root_oid, t.key, k.names, p.after) else tenantry_runtime.record_id(k.names, p.after) end as id_after
    from page p
    join keyed t on t.table_oid = p.table_oid
    cross join lateral (
      select tenantry_runtime.key_names(t.root_oid, t.key, p.at) as names
    ) k
    where p.operation <> 's' and (t.since is null or p.at >= t.since)
  ),
  added as (
    insert into tenantry_runtime.history
      (id, retention, at, workspace_id, object_id, table_oid, record_id, previous_id, operation, before, after, is_complete, actor)
    select e.id, e.retention, e.at, e.workspace_id, e.object_id, e.root_oid, coalesce(e.id_after, e.id_before, ''),
      case when e.id_before <> e.id_after then e.id_before end, e.operation, e.before,
      -- The difference, unless its values cannot be decoded.
      case when e.operation = 'u' and e.is_complete and strpos(e.before::text || e.after::text, '\u0000') = 0 then (
        select coalesce(json_object_agg(n.key, n.value), '{}') from json_each(e.after) n
        left join json_each(e.before) b on b.key = n.key
        where b.value::text is distinct from n.value::text
      ) else e.after end,
      e.is_complete, e.actor
    from entries e
    where e.operation = 't' or coalesce(e.id_after, e.id_before) is not null
    on conflict do nothing
    returning 1
  )
  select (select count(*) from page), (select count(*) from added), p.xid, p.id into amount, copied, reached_xid, reached_id
  from (select 1) one left join lateral (select p.xid, p.id from page p order by p.xid desc, p.id desc limit 1) p on true;
  if amount < batch then
    update tenantry_runtime.history_place h set after_number = target_number, up_to_number = null, last_xid = null, last_id = null;
    is_done := place.up_to_number is null;
  else
    update tenantry_runtime.history_place h
    set up_to_number = target_number, last_xid = reached_xid, last_id = reached_id;
    is_done := false;
  end if;
end
$$;

revoke execute on function tenantry_runtime.fill_history(integer) from public;
