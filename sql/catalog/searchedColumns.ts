// Columns that feed the search vectors of a schema, by table, in the table's order. Read from the
// dependencies of generated columns, so handmade vectors count too.

import type { Pool } from 'pg'

/**
 * A generated column, or its expression (which of them differs between Postgres 15 and later), depends on its
 * source columns.
 */
const SEARCHED_SQL = `
select c.relname as "table", array_agg(distinct a.attname::text) as columns
from pg_catalog.pg_namespace n
-- By way of pg_depend: pg_class has no index on the schema.
join pg_catalog.pg_depend o on o.refclassid = 'pg_catalog.pg_namespace'::regclass and o.refobjid = n.oid
  and o.classid = 'pg_catalog.pg_class'::regclass
join pg_catalog.pg_class c on c.oid = o.objid
join pg_catalog.pg_attribute v on v.attrelid = c.oid and v.attgenerated <> '' and v.atttypid = 'pg_catalog.tsvector'::regtype
join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = v.attnum
join pg_catalog.pg_depend p on p.refclassid = 'pg_catalog.pg_class'::regclass and p.refobjid = c.oid
  and p.refobjsubid not in (0, v.attnum)
  and ((p.classid = 'pg_catalog.pg_attrdef'::regclass and p.objid = d.oid)
    or (p.classid = 'pg_catalog.pg_class'::regclass and p.objid = c.oid and p.objsubid = v.attnum))
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = p.refobjsubid
where n.nspname = $1
group by c.relname`

export type SearchedColumns = ReadonlyMap<string, readonly string[]>

export const readSearchedColumns = async (pool: Pool, schema: string): Promise<SearchedColumns> => {
  const { rows } = await pool.query<{ table: string; columns: string[] }>({
    name: 'tenantry_searched_columns',
    text: SEARCHED_SQL,
    values: [schema],
  })
  return new Map(rows.map(({ table, columns }) => [table, columns]))
}
