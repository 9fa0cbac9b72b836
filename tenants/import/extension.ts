// Ensures that an extension which a script needs exists; a new one is created in schema public, where code
// expects it. Returns the schema of each of its functions, types and operators.

import type { ClientBase } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'

const MEMBERS_SQL = `select i.schema, coalesce(i.name, p.proname::text, o.oprname::text) as name
  from pg_catalog.pg_extension e
  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
  cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) i
  left join pg_catalog.pg_proc p on d.classid = 'pg_catalog.pg_proc'::regclass and p.oid = d.objid
  left join pg_catalog.pg_operator o on d.classid = 'pg_catalog.pg_operator'::regclass and o.oid = d.objid
  where e.extname = $1 and i.schema is not null`

export const ensureExtension = async (
  client: ClientBase,
  extension: string,
): Promise<readonly (readonly [name: string, schema: string])[]> => {
  const { rowCount } = await client.query('select from pg_catalog.pg_extension where extname = $1', [
    extension,
  ])
  if (rowCount === 0) await client.query(`create extension ${quoteIdentifier(extension)} with schema public`)
  const { rows } = await client.query<{ schema: string; name: string | null }>(MEMBERS_SQL, [extension])
  return rows.flatMap(({ schema, name }) => (name === null ? [] : [[name, schema] as const]))
}
