-- What row-level security lets a role read of a table, as one expression over the table's columns: the USING parts of the policies for
-- SELECT or ALL that name the role, PUBLIC or a role it belongs to; permissive ones or-ed, restrictive ones and-ed. A null condition means
-- that row-level security does not apply. is_volatile: the expression has no value for the past, because it calls a volatile function or
-- reads a virtual generated column, which no image holds. A reference to the whole row reads all columns; Postgres notes no dependency.
create or replace function tenantry_runtime.read_condition(
  relation oid, reader name, out condition text, out columns smallint[], out is_volatile boolean
) returns record
  language sql stable
  set search_path = pg_catalog
as $$
  with policy as (
    select p.oid, p.polpermissive, p.polqual, pg_get_expr(p.polqual, p.polrelid) as condition
    from pg_policy p
    where p.polrelid = relation and p.polcmd in ('r', '*') and p.polqual is not null
      and exists (select from unnest(p.polroles) x where x = 0 or pg_has_role(reader, x, 'member'))
  ), used as (
    select d.refobjsubid::smallint as number from policy p
    join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
    where d.refclassid = 'pg_class'::regclass and d.refobjid = relation and d.refobjsubid > 0
    union
    select a.attnum from policy p join pg_attribute a on a.attrelid = relation and a.attnum > 0 and not a.attisdropped
    where p.polqual::text ~ ':varattno 0 '
  )
  select
    case when c.relrowsecurity and not r.rolsuper and not r.rolbypassrls
      and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'usage'))
    then coalesce((select '(' || string_agg('(' || p.condition || ')', ' or ' order by p.oid) || ')' from policy p where p.polpermissive), 'false')
      || coalesce((select string_agg(' and (' || p.condition || ')', '' order by p.oid) from policy p where not p.polpermissive), '')
    end,
    array(select u.number from used u),
    exists (
      select from policy p, regexp_matches(p.polqual::text, ':(?:op)?funcid (\d+)', 'g') m
      join pg_proc f on f.oid = m[1]::oid where f.provolatile = 'v'
    ) or exists (
      select from used u join pg_attribute a on a.attrelid = relation and a.attnum = u.number where a.attgenerated = 'v'
    )
  from pg_class c, pg_roles r where c.oid = relation and r.rolname = reader
$$;

revoke execute on function tenantry_runtime.read_condition(oid, name) from public;
