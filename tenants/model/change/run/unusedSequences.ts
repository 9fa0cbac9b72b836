// Sequences of dropped columns. On one Postgres a sequence of ours belongs to its column and goes with it. On
// a Citus cluster it has no owner (sql/citus.ts), and is dropped once no default uses it.

import type { ClientBase } from 'pg'
import { isOnCluster } from '../../../../sql/citus.ts'

interface UsedSequence {
  readonly oid: string
  /** With its schema, quoted. */
  readonly name: string
}

const USED_SQL = `select distinct c.oid::text as oid, format('%I.%I', n.nspname, c.relname) as name
  from pg_catalog.pg_namespace n
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind = 'S'
  join pg_catalog.pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
    and d.classid = 'pg_attrdef'::regclass
  where n.nspname = $1 and not exists (
    select from pg_catalog.pg_depend o where o.classid = 'pg_class'::regclass and o.objid = c.oid
      and o.refclassid = 'pg_class'::regclass and o.deptype in ('a', 'i')
  )`

const DROPS = /^drop table |\bdrop column /

const readUsed = async (client: ClientBase, schemaName: string): Promise<readonly UsedSequence[]> =>
  (await client.query<UsedSequence>(USED_SQL, [schemaName])).rows

/** Runs the work of `statements`, and drops the sequences that only columns it dropped have used. */
export const droppingSequences = async (
  client: ClientBase,
  schemaName: string,
  statements: readonly string[],
  work: () => Promise<void>,
): Promise<void> => {
  if (!statements.some((sql) => DROPS.test(sql)) || !(await isOnCluster(client))) return work()
  const before = await readUsed(client, schemaName)
  await work()
  const after = new Set((await readUsed(client, schemaName)).map(({ oid }) => oid))
  for (const { oid, name } of before)
    if (!after.has(oid)) await client.query(`drop sequence if exists ${name}`)
}
