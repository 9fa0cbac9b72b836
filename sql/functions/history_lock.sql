-- The open transactions of other sessions that have written to a table or its partitions.
create or replace function tenantry_runtime.writers_of(relation oid) returns text[]
  language sql volatile
  set search_path = pg_catalog
as $$
  select array(
    select l.virtualtransaction from pg_locks l
    where l.locktype = 'relation' and l.database = (select d.oid from pg_database d where d.datname = current_database())
      and l.relation in (select writers_of.relation union all select p.relid from pg_partition_tree(writers_of.relation) p)
      and l.mode = 'RowExclusiveLock' and l.granted and l.pid is distinct from pg_backend_pid()
  )
$$;

revoke execute on function tenantry_runtime.writers_of(oid) from public;

-- Locks the row of a record until the transaction ends, and so waits for the transactions that changed it and are still open. Without a
-- row, one of them may have created it again, which no other transaction sees: waits for all that have written to the table.
create or replace function tenantry_runtime.lock_record(relation oid, key_columns text[], record text) returns void
  language plpgsql
  set search_path = pg_catalog
  set lock_timeout = '2s'
as $$
declare
  parts constant text[] := case when cardinality(key_columns) = 1 then array[record] else string_to_array(record, ',') end;
  patience constant interval := '2s';
  begun constant timestamptz := clock_timestamp();
  condition text;
  writers text[];
  amount bigint;
begin
  select string_agg(format('r.%I = %L::%s', a.attname,
    case when cardinality(key_columns) = 1 then p.value else replace(replace(p.value, '%2C', ','), '%25', '%') end,
    format_type(a.atttypid, a.atttypmod)), ' and ') into condition
  from unnest(key_columns, parts) p (name, value)
  join pg_attribute a on a.attrelid = relation and a.attname = p.name;
  -- Once more after the wait: the record may be there, and changed by others.
  for round in 1..2 loop
    begin
      execute format('select from %s r where %s for share', relation::regclass, condition);
    exception when data_exception then
      -- The type of a key has another spelling in JSON.
      execute format('select from %s r where tenantry_runtime.record_id($1, row_to_json(r.*)) = $2 for share', relation::regclass)
      using key_columns, record;
    end;
    get diagnostics amount = row_count;
    exit when amount > 0 or round = 2;
    -- Transactions that begin later write changes of a time after the erasure.
    writers := tenantry_runtime.writers_of(relation);
    while writers && tenantry_runtime.writers_of(relation) loop
      if clock_timestamp() > begun + patience then
        raise lock_not_available using message = 'a transaction that may create the record is open';
      end if;
      perform pg_sleep(0.02);
    end loop;
  end loop;
end
$$;

revoke execute on function tenantry_runtime.lock_record(oid, text[], text) from public;
