-- The default of a column that draws from a sequence, on the shards of a Citus cluster, which lack it. A trigger of each such column
-- (keep_drawn). Runs with the writer's rights, as a default does.
-- $1: the column. $2: the default's expression.
create or replace function tenantry.draw() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  value jsonb;
begin
  execute 'select to_jsonb((' || tg_argv[1] || '))' into value;
  return jsonb_populate_record(new, jsonb_build_object(tg_argv[0], value));
end
$$;
