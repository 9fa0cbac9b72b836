-- The value of a column's default, evaluated on a node of a Citus cluster. In a trigger before insert (keep_drawn): of a column that draws
-- from a sequence, whose default shards lack. In a trigger before update (fill_by_trigger): of a column that was null and still is; that
-- trigger has no condition, which would keep the column from being dropped. Runs with the writer's rights, as a default does.
-- $1: the column. $2: the default's expression.
create or replace function tenantry.draw() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  value jsonb;
begin
  if tg_op = 'UPDATE' then
    if to_jsonb(old) -> tg_argv[0] <> 'null' or to_jsonb(new) -> tg_argv[0] <> 'null' or not to_jsonb(new) ? tg_argv[0] then
      return new;
    end if;
  end if;
  execute 'select to_jsonb((' || tg_argv[1] || '))' into value;
  return jsonb_populate_record(new, jsonb_build_object(tg_argv[0], value));
end
$$;
