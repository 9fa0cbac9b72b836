-- Refuses what Citus accepts in a distributed schema and does not do on the workers, where requests are. Event triggers run before Citus
-- goes on. Only an event trigger may call it.
-- A table in which every column is generated, or that has no column: when Citus distributes it, the backend ends with a segmentation
-- fault (Citus 13.2.2), and Postgres ends all others. Rules, and triggers of views: they stay on the coordinator, so that a write would do
-- what they are there to prevent. Foreign tables and materialized views, which Citus does not distribute.
create or replace function tenantry.refuse_undistributed() returns void
  language plpgsql stable
  set search_path = pg_catalog
as $$
declare
  refused record;
begin
  if to_regclass('pg_catalog.pg_dist_schema') is null then
    return;
  end if;
  for refused in execute $sql$
    select c.oid::regclass as relation, case c.relkind when 'f' then 'pg_foreign_table' when 'm' then 'pg_matviews'
      else d.classid::regclass::text end as kind
    from pg_event_trigger_ddl_commands() d
    left join pg_trigger t on d.classid = 'pg_trigger'::regclass and t.oid = d.objid
    left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    join pg_class c on c.oid = coalesce(t.tgrelid, r.ev_class, case when d.classid = 'pg_class'::regclass then d.objid end)
    join pg_catalog.pg_dist_schema s on s.schemaid = c.relnamespace
    where case d.classid
      when 'pg_trigger'::regclass then c.relkind = 'v'
      when 'pg_rewrite'::regclass then r.rulename <> '_RETURN'
      else c.relkind in ('f', 'm') or c.relkind in ('r', 'p') and not exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      ) end limit 1
  $sql$ loop
    raise exception '%', case refused.kind
        when 'pg_trigger' then format('triggers of the view %s would not run on the workers of the Citus cluster', refused.relation)
        when 'pg_rewrite' then format('rules of %s would not apply on the workers of the Citus cluster', refused.relation)
        when 'pg_foreign_table' then format('foreign tables such as %s have no place on the workers of the Citus cluster', refused.relation)
        when 'pg_matviews' then format('materialized views such as %s have no place on the workers of the Citus cluster', refused.relation)
        else format('table %s has no column but generated ones, which a Citus cluster cannot distribute', refused.relation) end
      using errcode = 'TN001', hint = case refused.kind
        when 'pg_class' then 'Give it another column.'
        when 'pg_foreign_table' then 'Copy its rows into a table.'
        when 'pg_matviews' then 'Make a view, or a table that you fill yourself.'
        else 'Use a trigger of a table.' end;
  end loop;
end
$$;

revoke execute on function tenantry.refuse_undistributed() from public;
