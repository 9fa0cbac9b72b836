-- Sends a new view of a distributed schema to the workers, so that its grants follow. Citus would do so at the end of the statement
-- that creates it: after event triggers, whose grants would stay on the coordinator. The worker keeps them when Citus then replaces the view.
create or replace function tenantry.distribute_view(workspace_schema text, relation oid) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  applying text := coalesce(current_setting('tenantry.applying', true), '');
  options text := (select array_to_string(reloptions, ', ') from pg_class where oid = relation and relkind = 'v');
begin
  if not tenantry.is_distributed(relation) or relation = any (tenantry.distributed_views(workspace_schema, array[relation]))
    or not exists (select from pg_class where oid = relation and relkind = 'v') then
    return;
  end if;
  perform set_config('tenantry.applying', 'on', true);
  execute format(
    'create or replace view %s %s as %s',
    relation::regclass, case when options <> '' then format('with (%s)', options) end, pg_get_viewdef(relation));
  perform set_config('tenantry.applying', applying, true);
end
$$;

revoke execute on function tenantry.distribute_view(text, oid) from public;
