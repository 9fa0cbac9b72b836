-- Sizes of the tables of distributed schemas, from the nodes that hold them: the coordinator has these tables without rows. Null where the
-- node does not answer; schemas that are not distributed have no row. is_exact: bytes with indexes, for which a table must not be locked;
-- otherwise both figures are estimates from statistics, which need no lock, also where this transaction has changed the table.
create or replace function tenantry.shard_sizes(schemas name[], is_exact boolean)
  returns table (schema_name name, relation oid, bytes float8, records float8)
  language plpgsql volatile
  set search_path = pg_catalog
as $$
begin
  if to_regclass('pg_catalog.pg_dist_schema') is null then
    return;
  end if;
  return query execute $query$
    with shard as (
      select s.nspname, h.logicalrelid, h.shardid, n.nodename, n.nodeport
      from pg_namespace s
      join pg_dist_schema d on d.schemaid = s.oid
      join pg_dist_partition p on p.colocationid = d.colocationid
      join pg_dist_shard h on h.logicalrelid = p.logicalrelid
      join pg_dist_placement x on x.shardid = h.shardid
      join pg_dist_node n on n.groupid = x.groupid and n.noderole = 'primary'
      where s.nspname = any ($1)
    ),
    asked as (
      select array_agg(nodename) as hosts, array_agg(nodeport) as ports, array_agg(command) as commands
      from (
        select nodename::text, nodeport, format($command$
          select coalesce(json_agg(json_build_array(h.shardid, %s, r.live)), '[]')
          from pg_catalog.pg_dist_shard h
          join lateral (
            select c.oid, c.relpages, c.reltuples, greatest(pg_catalog.pg_stat_get_live_tuples(c.oid), c.reltuples, 0) as live
            from pg_catalog.pg_class c
            where c.oid = pg_catalog.to_regclass(pg_catalog.shard_name(h.logicalrelid, h.shardid)::text)
          ) r on true
          where h.shardid = any (%L)
        $command$,
        case when $2 then 'pg_catalog.pg_total_relation_size(r.oid)'
          else 'case when r.reltuples > 0 then r.relpages * 8192.0 * r.live / r.reltuples else r.live * 100 end' end,
        array_agg(shardid)) as command
        from shard group by 1, 2
      ) each_node
    ),
    found as (
      select (size ->> 0)::bigint as shardid, (size ->> 1)::float8 as bytes, (size ->> 2)::float8 as records
      from asked, master_run_on_worker(hosts, ports, commands, true) answer, json_array_elements(answer.result::json) size
      where hosts is not null and answer.success
    )
    select shard.nspname, shard.logicalrelid::oid, found.bytes, found.records
    from shard left join found on found.shardid = shard.shardid
  $query$ using schemas, is_exact;
end
$$;

revoke execute on function tenantry.shard_sizes(name[], boolean) from public;
