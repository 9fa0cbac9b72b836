-- Locks the row of a record until the transaction ends, and so waits for the transactions that changed it and are still open. Without a
-- row there is none: the transaction that deleted it has committed.
create or replace function tenantry_runtime.lock_record(relation oid, key_columns text[], record text) returns void
  language plpgsql
  set search_path = pg_catalog
  set lock_timeout = '2s'
as $$
declare
  parts constant text[] := case when cardinality(key_columns) = 1 then array[record] else string_to_array(record, ',') end;
  condition text;
begin
  select string_agg(format('r.%I = %L::%s', a.attname,
    case when cardinality(key_columns) = 1 then p.value else replace(replace(p.value, '%2C', ','), '%25', '%') end,
    format_type(a.atttypid, a.atttypmod)), ' and ') into condition
  from unnest(key_columns, parts) p (name, value)
  join pg_attribute a on a.attrelid = relation and a.attname = p.name;
  begin
    execute format('select from %s r where %s for share', relation::regclass, condition);
  exception when data_exception then
    -- The type of a key has another spelling in JSON.
    execute format('select from %s r where tenantry_runtime.record_id($1, row_to_json(r.*)) = $2 for share', relation::regclass)
    using key_columns, record;
  end;
end
$$;

revoke execute on function tenantry_runtime.lock_record(oid, text[], text) from public;
