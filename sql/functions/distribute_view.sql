-- Sends a new view of a distributed schema to the workers, so that its grants follow. Citus would do so at the end of the statement
-- that creates it: after event triggers, whose grants would stay on the coordinator. The worker keeps them when Citus then replaces the view.
-- A view of an owner whose rights the caller lacks is left alone, as its grants are.
create or replace function tenantry.distribute_view(workspace_schema text, relation oid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  applying text := coalesce(current_setting('tenantry.applying', true), '');
  options text;
begin
  select coalesce('with (' || nullif(array_to_string(c.reloptions, ', '), '') || ')', '') into options
  from pg_class c where c.oid = relation and c.relkind = 'v' and pg_has_role(c.relowner, 'usage');
  if options is null or not tenantry.is_distributed(relation)
    or relation = any (tenantry.distributed_views(workspace_schema, array[relation])) then
    return;
  end if;
  perform set_config('tenantry.applying', 'on', true);
  execute format('create or replace view %s %s as %s', relation::regclass, options, pg_get_viewdef(relation));
  perform set_config('tenantry.applying', applying, true);
end
$$;

revoke execute on function tenantry.distribute_view(text, oid) from public;
