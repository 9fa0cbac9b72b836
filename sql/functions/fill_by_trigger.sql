-- For backfills on a Citus cluster, which does not send an update with a function that differs by call, such as gen_random_uuid(): while
-- it is on, each update of a record whose column is null gives the column its default, evaluated on the node. Removes such triggers
-- of dropped columns too. $2: null: of dropped columns alone.
create or replace function tenantry.fill_by_trigger(relation oid, column_name name, is_on boolean) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  old_trigger name;
begin
  for old_trigger in
    select t.tgname from pg_trigger t
    join pg_attribute a on a.attrelid = t.tgrelid and t.tgname = 'tenantry_fill_' || a.attnum
    where t.tgrelid = relation and (a.attname = column_name or a.attisdropped)
  loop
    execute format('drop trigger %I on %s', old_trigger, relation::regclass);
  end loop;
  if is_on then
    execute (
      select format('create trigger %I before update on %s for each row execute function tenantry.draw(%L, %L)',
        'tenantry_fill_' || a.attnum, relation::regclass, a.attname, pg_get_expr(d.adbin, d.adrelid))
      from pg_attribute a join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = relation and a.attname = column_name
    );
  end if;
end
$$;

revoke execute on function tenantry.fill_by_trigger(oid, name, boolean) from public;
