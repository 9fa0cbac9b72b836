-- The value of an identity column, on the shards of a Citus cluster, where the column has none. A trigger of each such column
-- (keep_drawn). Runs with the owner's rights: an identity asks for no right on its sequence.
-- $1: the column. $2: the sequence, with its schema.
create or replace function tenantry.draw_identity() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
as $$
begin
  return jsonb_populate_record(new, jsonb_build_object(tg_argv[0], nextval(tg_argv[1]::regclass)));
end
$$;

revoke execute on function tenantry.draw_identity() from public;
