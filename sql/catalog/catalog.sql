-- One schema's tables, columns, keys and functions as JSON. Starts from pg_depend's index on the referenced object, so its
-- cost does not grow with the number of schemas beside this one.
-- $1 = schema name, $2 = names of functions to leave out. One row; null if the schema does not exist.
with recursive ns as (
  select oid from pg_catalog.pg_namespace where nspname = $1
),
member as materialized (
  select d.classid, d.objid
  from pg_catalog.pg_depend d
  where d.refclassid = 'pg_catalog.pg_namespace'::regclass
    and d.refobjid = (select oid from ns)
    and not exists (
      select from pg_catalog.pg_depend e
      where e.classid = d.classid and e.objid = d.objid and e.deptype = 'e'
    )
),
rel as materialized (
  select c.oid, c.relname, c.relkind
  from pg_catalog.pg_class c
  where c.oid = any (array(select objid from member where classid = 'pg_catalog.pg_class'::regclass))
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not c.relispartition
),
att as materialized (
  select a.attrelid, a.attnum, a.attname, a.atttypid, a.attnotnull, a.atthasdef, a.attidentity, a.attgenerated, a.attndims
  from pg_catalog.pg_attribute a
  where a.attrelid = any (array(select oid from rel)) and a.attnum > 0 and not a.attisdropped
),
-- Comments by joins: col_description and obj_description cost a nested statement each.
col as (
  select a.attrelid, json_agg(json_build_object(
    'number', a.attnum,
    'name', a.attname,
    'type', a.atttypid::text,
    'notNull', a.attnotnull,
    -- A domain can have a default of its own.
    'hasDefault', a.atthasdef or a.attidentity <> '' or (select t.typdefault is not null from pg_catalog.pg_type t where t.oid = a.atttypid),
    'generated', a.attgenerated <> '' or a.attidentity = 'a',
    'dimensions', a.attndims,
    'comment', d.description
  ) order by a.attnum) as list
  from att a
  left join pg_catalog.pg_description d
    on d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid = a.attrelid and d.objsubid = a.attnum
  group by a.attrelid
),
fun as materialized (
  select p.oid, p.proname, p.prokind, p.provolatile, p.proisstrict, p.prorettype, p.proretset, p.pronargdefaults,
    p.proargnames, p.proargmodes, coalesce(p.proallargtypes, p.proargtypes::oid[]) as types
  from pg_catalog.pg_proc p
  where p.oid = any (array(select objid from member where classid = 'pg_catalog.pg_proc'::regclass))
    and p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
    and p.proname <> all ($2::name[])
),
-- The types of columns and functions and the types they consist of: the element of an array, the base of a domain.
typ as (
  select t.oid, t.typname, t.typnamespace, t.typtype, t.typelem, t.typoutput, t.typbasetype, t.typnotnull, t.typrelid
  from pg_catalog.pg_type t
  where t.oid = any (array(
    select atttypid from att union select prorettype from fun union select unnest(types) from fun
  ))
  union
  select t.oid, t.typname, t.typnamespace, t.typtype, t.typelem, t.typoutput, t.typbasetype, t.typnotnull, t.typrelid
  from typ
  join pg_catalog.pg_type t
    on t.oid = case when typ.typtype = 'd' then typ.typbasetype when typ.typoutput = 'pg_catalog.array_out'::regproc then typ.typelem end
),
-- Writes that a rule keeps from standing in a WITH clause and from returning rows, which every write here does. Left are rules that
-- put one other statement, which returns rows, in place of the write. Bits as of pg_relation_is_updatable; 32: such a rule.
rule as (
  select r.ev_class, bit_or(case
    when r.is_instead
      and r.ev_qual::text = '<>'
      and r.ev_action::text ~ ':returningList \('
      and regexp_replace(pg_catalog.pg_get_ruledef(r.oid), '"([^"]|"")*"', '', 'g') !~ 'DO INSTEAD\s+\(' then 32
    when r.ev_type = '2' then 4
    when r.ev_type = '3' then 8
    else 16
  end) as writes
  from pg_catalog.pg_rewrite r
  where r.ev_class = any (array(select oid from rel)) and r.ev_type in ('2', '3', '4') and r.ev_enabled <> 'D'
  group by r.ev_class
)
select json_build_object(
  'relations', (
    select coalesce(json_agg(json_build_object(
      'oid', r.oid::text,
      'name', r.relname,
      'kind', r.relkind,
      'comment', d.description,
      -- Bits as of pg_relation_is_updatable: 4 update, 8 insert, 16 delete; 32: a rule puts other statements in place of some.
      'writes', (coalesce(rule.writes, 0) & 32) | (~coalesce(rule.writes, 0) & case
        when r.relkind in ('r', 'p') then 28
        -- Asking a wrapper that has no handler is an error (55000), which would take the whole schema with it.
        when r.relkind = 'f' and not exists (
          select from pg_catalog.pg_foreign_table t
          join pg_catalog.pg_foreign_server s on s.oid = t.ftserver
          join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
          where t.ftrelid = r.oid and w.fdwhandler <> 0
        ) then 0
        else pg_catalog.pg_relation_is_updatable(r.oid, true)
      end),
      'columns', coalesce(col.list, '[]')
    ) order by r.relname collate "C"), '[]')
    from rel r
    left join col on col.attrelid = r.oid
    left join rule on rule.ev_class = r.oid
    left join pg_catalog.pg_description d
      on d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid = r.oid and d.objsubid = 0
  ),
  'types', (
    select coalesce(json_agg(json_build_object(
      'oid', t.oid::text,
      'name', t.typname,
      -- By itself: a join would read all schemas.
      'schema', (select n.nspname from pg_catalog.pg_namespace n where n.oid = t.typnamespace),
      'kind', t.typtype,
      'base', case when t.typtype = 'd' then t.typbasetype::text end,
      -- Vectors (int2vector, oidvector) have elements, but no operator treats them as arrays.
      'element', case when t.typtype <> 'd' and t.typoutput = 'pg_catalog.array_out'::regproc then t.typelem::text end,
      'notNull', t.typnotnull,
      'relation', nullif(t.typrelid, 0)::text,
      'labels', case when t.typtype = 'e' then (
        select json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid
      ) end
    )), '[]')
    from typ t
  ),
  'foreignKeys', (
    select coalesce(json_agg(json_build_object(
      'name', k.conname,
      'relation', k.conrelid::text,
      'columns', k.conkey,
      'target', k.confrelid::text,
      'targetColumns', k.confkey,
      'onDelete', k.confdeltype,
      'comment', d.description
    ) order by k.conname collate "C"), '[]')
    from pg_catalog.pg_constraint k
    left join pg_catalog.pg_description d
      on d.classoid = 'pg_catalog.pg_constraint'::regclass and d.objoid = k.oid and d.objsubid = 0
    where k.conrelid = any (array(select oid from rel))
      and k.contype = 'f' and k.confrelid = any (array(select oid from rel)) and k.conparentid = 0
  ),
  'uniqueIndexes', (
    select coalesce(json_agg(json_build_object(
      'name', c.relname,
      'relation', i.indrelid::text,
      -- indkey is an int2vector; columns beyond indnkeyatts are payload of the index.
      'columns', (select json_agg(u.attnum order by u.ord)
                  from unnest(i.indkey::int2[]) with ordinality u (attnum, ord) where u.ord <= i.indnkeyatts),
      'primary', i.indisprimary,
      'deferrable', not i.indimmediate,
      'predicate', pg_catalog.pg_get_expr(i.indpred, i.indrelid)
    ) order by i.indisprimary desc, c.relname collate "C"), '[]')
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    where i.indrelid = any (array(select oid from rel)) and i.indisunique and i.indisvalid and i.indexprs is null
  ),
  'functions', (
    select coalesce(json_agg(json_build_object(
      'name', p.proname,
      'kind', p.prokind,
      'volatility', p.provolatile,
      'strict', p.proisstrict,
      'returns', p.prorettype::text,
      'set', p.proretset,
      'defaults', p.pronargdefaults,
      'arguments', (
        select coalesce(json_agg(json_build_object(
          'name', nullif(p.proargnames[u.ord], ''),
          'type', u.type::text,
          'mode', coalesce(p.proargmodes[u.ord], 'i')
        ) order by u.ord), '[]')
        from unnest(p.types) with ordinality u (type, ord)
      ),
      'comment', pg_catalog.obj_description(p.oid, 'pg_proc'),
      'signature', pg_catalog.pg_get_function_identity_arguments(p.oid),
      'namedVersion', case when age.name is not null then coalesce(age.named_version, 0) end,
      'lastColumn', age.last_column
    ) order by p.proname collate "C", pg_catalog.pg_get_function_identity_arguments(p.oid) collate "C"), '[]')
    from fun p
    -- Of one name where no row has the oid: a restore changes oids alone.
    left join lateral (
      select f.name, f.named_version, f.last_column
      from tenantry.workspace_functions f
      where f.workspace_id = (select w.id from tenantry.workspaces w where w.schema_name = $1) and f.name = p.proname
      order by f.function_oid = p.oid desc, f.named_version nulls first limit 1
    ) age on true
  )
)::text as catalog
from ns
