-- Gives the columns of a distributed schema that draw from sequences the trigger of draw or draw_identity. $2: relations to look at; null: all.
create or replace function tenantry.keep_drawn(workspace uuid, relations oid[]) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  space oid := (select s.oid from tenantry.workspaces w join pg_namespace s on s.nspname = w.schema_name where w.id = workspace);
  is_distributed boolean := false;
  drawn record;
begin
  if to_regclass('pg_catalog.pg_dist_schema') is not null then
    execute 'select exists (select from pg_catalog.pg_dist_schema d where d.schemaid = $1)' into is_distributed using space;
  end if;
  if not is_distributed then
    return;
  end if;
  for drawn in
    with wanted as (
      select a.attrelid, a.attname, a.attnum, pg_get_expr(e.adbin, e.adrelid) as source, 'tenantry.draw' as function, q.seqtypid
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
      join pg_attrdef e on e.adrelid = c.oid and e.adnum = a.attnum
      join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid and d.refclassid = 'pg_class'::regclass
      join pg_sequence q on q.seqrelid = d.refobjid
      where c.relnamespace = space and c.relkind = 'r' and (relations is null or c.oid = any (relations))
      union all
      select a.attrelid, a.attname, a.attnum, q.seqrelid::regclass::text, 'tenantry.draw_identity', q.seqtypid
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped
      join pg_depend d on d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
        and d.refobjsubid = a.attnum and d.deptype = 'i'
      join pg_sequence q on q.seqrelid = d.objid
      where c.relnamespace = space and c.relkind = 'r' and (relations is null or c.oid = any (relations))
    )
    select w.*, t.tgname, format('tenantry_draw_%s', w.attnum) as trigger_name
    from wanted w
    left join pg_trigger t on t.tgrelid = w.attrelid and t.tgname = format('tenantry_draw_%s', w.attnum)
    where t.oid is null
      or t.tgargs is distinct from
        convert_to(w.attname, getdatabaseencoding()) || '\x00'::bytea || convert_to(w.source, getdatabaseencoding()) || '\x00'::bytea
  loop
    if drawn.seqtypid <> 'int8'::regtype then
      raise exception 'column % of % draws from a sequence of type %, which a Citus cluster has no values of on its workers',
        quote_ident(drawn.attname), drawn.attrelid::regclass, format_type(drawn.seqtypid, null)
        using errcode = 'TN001', hint = 'Use bigserial, or bigint with an identity.';
    end if;
    if drawn.tgname is not null then
      execute format('drop trigger %I on %s', drawn.trigger_name, drawn.attrelid::regclass);
    end if;
    execute format(
      'create trigger %I before insert on %s for each row when (new.%I is null) execute function %s(%L, %L)',
      drawn.trigger_name, drawn.attrelid::regclass, drawn.attname, drawn.function, drawn.attname, drawn.source);
  end loop;
end
$$;

revoke execute on function tenantry.keep_drawn(uuid, oid[]) from public;
