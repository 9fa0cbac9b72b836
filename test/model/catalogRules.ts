// What a DBA would object to in a schema created by Tenantry: its offences, a line each. Reads only the
// catalog, except for the shortening of names beyond 63 bytes.

import type { Pool } from 'pg'
import { derivedIdentifier } from '../../tenants/model/identifier.ts'

/** Each gives the names of offenders. $1 is the schema. */
const RULES: Readonly<Record<string, string>> = {
  'a foreign key has no index': `select k.conname from pg_constraint k
    where k.connamespace = $1::regnamespace and k.contype = 'f' and not exists (
      select from pg_index i where i.indrelid = k.conrelid and i.indisvalid
        and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] = k.conkey)`,
  'two indexes are alike': `select a.indexrelid::regclass || ' and ' || b.indexrelid::regclass
    from pg_index a join pg_index b on a.indrelid = b.indrelid and a.indexrelid < b.indexrelid
      and a.indkey::text = b.indkey::text and a.indclass::text = b.indclass::text
    join pg_class c on c.oid = a.indrelid where c.relnamespace = $1::regnamespace`,
  'an index is the beginning of another': `select a.indexrelid::regclass || ' of ' || b.indexrelid::regclass
    from pg_index a join pg_index b on a.indrelid = b.indrelid and b.indkey::text like a.indkey::text || ' %'
    join pg_class c on c.oid = a.indrelid where c.relnamespace = $1::regnamespace and not a.indisunique`,
  'an index is not valid': `select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = $1::regnamespace and not (i.indisvalid and i.indisready)`,
  'a constraint is not validated': `select conname from pg_constraint
    where connamespace = $1::regnamespace and not convalidated`,
  'an enum has no column': `select t.typname from pg_type t
    where t.typnamespace = $1::regnamespace and t.typtype = 'e' and not exists (
      select from pg_attribute a where a.atttypid in (t.oid, t.typarray) and not a.attisdropped)`,
  'a sequence has no column': `select c.relname from pg_class c
    where c.relnamespace = $1::regnamespace and c.relkind = 'S' and not exists (
      select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i'))`,
  'a table has no primary key': `select c.relname from pg_class c
    where c.relnamespace = $1::regnamespace and c.relkind = 'r'
      and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`,
  'a table or column has no comment': `select format('%s.%s', c.relname, a.attname) from pg_class c
    cross join lateral (select 0 as attnum, '' as attname union all
      select attnum, attname from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) a
    where c.relnamespace = $1::regnamespace and c.relkind = 'r'
      and (select description from pg_description d where d.classoid = 'pg_class'::regclass and d.objoid = c.oid
           and d.objsubid = a.attnum) is null`,
  'a type has no comment': `select typname from pg_type
    where typnamespace = $1::regnamespace and typtype = 'e' and obj_description(oid, 'pg_type') is null`,
  'a function has no comment': `select proname from pg_proc
    where pronamespace = $1::regnamespace and obj_description(oid, 'pg_proc') is null`,
  'a table does not begin with its id': `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = 1
    where c.relnamespace = $1::regnamespace and c.relkind = 'r' and a.attname <> 'id'`,
  'a trigger, rule or policy was left': `select t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = $1::regnamespace and not t.tgisinternal
      -- The guard of members is the one trigger of ours.
      and (c.relname, t.tgname) <> ('workspace_member', 'tenantry_guard_member')
    union all select p.polname from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = $1::regnamespace`,
  'a check was left': `select conname from pg_constraint where connamespace = $1::regnamespace and contype = 'c'`,
}

interface Named {
  readonly name: string
  readonly table: string
  readonly columns: readonly string[]
  readonly kind: string
}

const COLUMNS = (
  table: string,
  numbers: string,
) => `array(select a.attname::text from unnest(${numbers}) with ordinality u (n, o)
  join pg_attribute a on a.attrelid = ${table} and a.attnum = u.n order by u.o)`

const NAMED = `select x.relname::text as name, c.relname::text as "table", ${COLUMNS('c.oid', 'i.indkey::int2[]')} as columns,
    case when i.indisprimary then 'pkey' when i.indisunique then 'key' else 'idx' end as kind
  from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
  where c.relnamespace = $1::regnamespace and c.relkind = 'r'
  union all
  select k.conname, c.relname, ${COLUMNS('c.oid', 'k.conkey')}, 'fkey'
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  where k.connamespace = $1::regnamespace and k.contype = 'f'
  union all
  select s.relname, c.relname, array[a.attname::text], 'seq'
  from pg_class s join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype = 'a'
  join pg_class c on c.oid = d.refobjid join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
  where s.relnamespace = $1::regnamespace and s.relkind = 'S'
  union all
  select t.typname, c.relname, array[a.attname::text], 'type'
  from pg_type t join pg_attribute a on a.atttypid in (t.oid, t.typarray) and not a.attisdropped
  join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
  where t.typnamespace = $1::regnamespace and t.typtype = 'e' and t.typname <> 'actor_source'`

const expectedNames = ({ table, columns, kind }: Named): readonly string[] => {
  if (kind === 'pkey') return [derivedIdentifier([table], kind)]
  // Tables are types too, and may have been there first.
  if (kind === 'type') return ['', 'options'].map((suffix) => derivedIdentifier([table, ...columns], suffix))
  return [derivedIdentifier([table, ...columns], kind)]
}

export const offences = async (pool: Pool, schemaName: string): Promise<readonly string[]> => {
  const found: string[] = []
  for (const [rule, sql] of Object.entries(RULES)) {
    const { rows } = await pool.query<[string]>({ text: sql, values: [schemaName], rowMode: 'array' })
    found.push(...rows.map(([offender]) => `${rule}: ${offender}`))
  }
  const { rows } = await pool.query<Named>(NAMED, [schemaName])
  for (const named of rows)
    if (!expectedNames(named).includes(named.name))
      found.push(
        `a name does not fit its table and columns: ${named.name} on ${named.table} (${named.columns})`,
      )
  return found
}
