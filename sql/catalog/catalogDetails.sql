-- What describing and changing a schema needs beside its catalog: defaults, sizes, and indexes that are not unique or
-- not valid. The record APIs never read this. $1 = schema name. One row; null if the schema does not exist.
with ns as (
  select oid from pg_catalog.pg_namespace where nspname = $1
),
member as materialized (
  select d.objid as oid from pg_catalog.pg_depend d
  where d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = (select oid from ns)
    and d.classid = 'pg_catalog.pg_class'::regclass
),
rel as materialized (
  select c.oid, c.reltuples, c.relpages, c.relkind
  from pg_catalog.pg_class c
  where c.oid = any (array(select oid from member))
    and c.relkind in ('r', 'p', 'm', 'f', 'v') and not c.relispartition
)
select json_build_object(
  'serverVersion', current_setting('server_version_num')::int,
  'hasCitus', exists (select from pg_catalog.pg_extension where extname = 'citus'),
  'sizes', (
    select coalesce(json_agg(json_build_object(
      'relation', r.oid::text,
      'bytes', case when r.relkind in ('r', 'm') then pg_catalog.pg_relation_size(r.oid) else 0 end,
      -- As the planner estimates: the rows of a page at the last analyse, for the pages of now. Before the first analyse
      -- the statistics of writes, which a crash empties, may know; else -1.
      'rows', case
        when r.relkind in ('r', 'm') and r.reltuples >= 0 and r.relpages > 0 then r.reltuples::float8 / r.relpages
          * pg_catalog.pg_relation_size(r.oid) / current_setting('block_size')::int
        when r.relkind not in ('r', 'm') and r.reltuples >= 0 then r.reltuples
        else coalesce(nullif(pg_catalog.pg_stat_get_live_tuples(r.oid), 0), -1) end
    )), '[]')
    from rel r
  ),
  -- Columns that the kind of a table determines: of a composite type, of other tables, of a partition key.
  'kinds', (
    select coalesce(json_agg(json_build_object(
      'relation', c.oid::text,
      'typed', c.reloftype <> 0,
      'inherited', (select coalesce(json_agg(a.attnum), '[]') from pg_catalog.pg_attribute a
                    where a.attrelid = c.oid and a.attinhcount > 0 and a.attnum > 0 and not a.attisdropped),
      'inheritedNotNull', (select coalesce(json_agg(k.conkey[1]), '[]') from pg_catalog.pg_constraint k
                           where k.conrelid = c.oid and k.contype = 'n' and k.coninhcount > 0),
      -- Columns of a partition key, those of its expressions included, depend on their table internally.
      'partitionedBy', (select coalesce(json_agg(d.objsubid), '[]') from pg_catalog.pg_depend d
                        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.objsubid > 0
                          and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = c.oid and d.deptype = 'i'),
      'partitionKey', coalesce((select json_agg(k) from pg_catalog.pg_partitioned_table p, unnest(p.partattrs::int2[]) k
                                where p.partrelid = c.oid), '[]')
    )), '[]')
    from rel r join pg_catalog.pg_class c on c.oid = r.oid
    where c.reloftype <> 0 or c.relkind = 'p'
      or exists (select from pg_catalog.pg_inherits i where i.inhrelid = c.oid)
  ),
  'defaults', (
    select coalesce(json_agg(json_build_object(
      'relation', d.adrelid::text,
      'column', d.adnum,
      'expression', pg_catalog.pg_get_expr(d.adbin, d.adrelid)
    )), '[]')
    from pg_catalog.pg_attrdef d where d.adrelid = any (array(select oid from rel))
  ),
  'indexes', (
    select coalesce(json_agg(json_build_object(
      'oid', i.indexrelid::text,
      'name', c.relname,
      'relation', i.indrelid::text,
      'method', m.amname,
      'unique', i.indisunique,
      'primary', i.indisprimary,
      'valid', i.indisvalid,
      'hasConstraint', exists (
        -- The table is named for the index of pg_constraint on it: there is none on conindid.
        select from pg_catalog.pg_constraint k
        where k.conrelid = i.indrelid and k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
      ),
      'columns', (select json_agg(u.attnum order by u.ord)
                  from unnest(i.indkey::int2[]) with ordinality u (attnum, ord) where u.ord <= i.indnkeyatts),
      'options', to_json(i.indoption::int2[]),
      'classes', (select json_agg(o.opcname order by u.ord) from unnest(i.indclass::oid[]) with ordinality u (class, ord)
                  join pg_catalog.pg_opclass o on o.oid = u.class),
      'predicate', pg_catalog.pg_get_expr(i.indpred, i.indrelid)
    ) order by c.relname collate "C"), '[]')
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_am m on m.oid = c.relam
    where i.indrelid = any (array(select oid from rel))
  ),
  'trigramSchema', (
    select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_trgm'
  ),
  'ownedSequences', (
    select coalesce(json_agg(json_build_object(
      'relation', d.refobjid::text,
      'column', d.refobjsubid,
      'name', s.relname
    )), '[]')
    from pg_catalog.pg_depend d
    join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
    where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
      and d.deptype = 'a' and d.refobjid = any (array(select oid from rel))
  ),
  -- Names that nothing above has, and that new things cannot get.
  'otherRelations', (
    select coalesce(json_agg(other.relname), '[]')
    from (
      select c.oid, c.relname from member m join pg_catalog.pg_class c on c.oid = m.oid
      where not exists (
        select from pg_catalog.pg_depend d
        where c.relkind = 'S' and d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
          and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype = 'a'
          and d.refobjid = any (array(select oid from rel))
      )
      union all
      select c.oid, c.relname from member m
      join pg_catalog.pg_index i on i.indrelid = m.oid
      join pg_catalog.pg_class c on c.oid = i.indexrelid
    ) other
    where not other.oid = any (array(
      select oid from rel union all select i.indexrelid from pg_catalog.pg_index i
      where i.indrelid = any (array(select oid from rel))
    ))
  ),
  'types', (
    select coalesce(json_agg(t.typname), '[]')
    from pg_catalog.pg_depend d
    join pg_catalog.pg_type t on t.oid = d.objid
    where d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = (select oid from ns)
      and d.classid = 'pg_catalog.pg_type'::regclass
  ),
  'constraints', (
    select coalesce(json_agg(json_build_object('relation', k.conrelid::text, 'name', k.conname)), '[]')
    from pg_catalog.pg_constraint k
    where k.conrelid = any (array(select oid from rel)) and k.contype in ('c', 'f', 'u', 'x')
  )
)::text as details
from ns
