-- Whether this node holds the schema, and keeps holding it until the transaction ends (fence.ts). On each node.
-- $2: how long a write waits for a move, in ms; 0: for as long as the move takes. Then 55P03.
create or replace function tenantry_request.holds_schema(wanted name, wait_ms text) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  shard bigint;
begin
  select h.shardid into shard
    from pg_namespace s
    join pg_dist_schema d on d.schemaid = s.oid
    join pg_dist_partition p on p.colocationid = d.colocationid
    join pg_dist_shard h on h.logicalrelid = p.logicalrelid
    where s.nspname = wanted limit 1;
  -- Of no shard: local to the coordinator.
  if shard is null then
    return exists (select from pg_namespace where nspname = wanted)
      and (select groupid from pg_dist_local_group) = 0;
  end if;
  perform set_config('lock_timeout', wait_ms, true);
  -- 5: ShareLock
  perform lock_shard_metadata(5, array[shard]);
  perform set_config('lock_timeout', '0', true);
  return exists (
    select from pg_dist_placement x join pg_dist_local_group g on g.groupid = x.groupid where x.shardid = shard
  );
end
$$;
