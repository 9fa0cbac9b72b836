-- draw_missing
-- Gives a column that was null, and still is, the value of its default. A trigger of backfills on a Citus cluster (fill_by_trigger); it has
-- no condition, which would keep the column from being dropped.
-- $1: the column. $2: the default's expression.
create or replace function tenantry.draw_missing() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  value jsonb;
begin
  if to_jsonb(old) -> tg_argv[0] <> 'null' or to_jsonb(new) -> tg_argv[0] <> 'null' or not to_jsonb(new) ? tg_argv[0] then
    return new;
  end if;
  execute 'select to_jsonb((' || tg_argv[1] || '))' into value;
  return jsonb_populate_record(new, jsonb_build_object(tg_argv[0], value));
end
$$;
