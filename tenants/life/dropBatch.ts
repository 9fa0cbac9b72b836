// Drops the objects of a schema in batches. Postgres locks every object that a transaction drops, also
// constraints, defaults, triggers and types, in a table that all sessions share: with the default settings a
// single `drop schema cascade` fails at some hundred tables.

import type { ClientBase } from 'pg'
import { runInOrder } from '../../sql/citus.ts'

/** Locks of one transaction, by the estimate below. With the default settings all sessions share 6,400. */
export const MOST_LOCKS = 1_000

/** A routine or type with what depends on it. */
const LOCKS_EACH = 4

/**
 * An extension's object goes with the extension, and part of another object (the sequence of an identity
 * column, the constructor of a range) with that object alone. A partitioned table is part of itself.
 */
const IS_PART = (catalog: string, oid: string): string =>
  `exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.${catalog}'::regclass and e.objid = ${oid} 
    and (e.deptype = 'e' or e.deptype = 'i' and e.refobjid <> e.objid))`

/**
 * Relations of the schema with an upper estimate of their locks. Views come first. Partitions come before
 * their parents, and tables that refer to many before the ones that many refer to, since each counts for the
 * other until it is gone.
 */
const RELATIONS_SQL = `with relations as (
    select c.oid, c.relkind, 8 + 3 * (
        select count(*) from pg_catalog.pg_depend d where d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = c.oid
      ) as locks
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not ${IS_PART('pg_class', 'c.oid')}
      and not exists (
        select from pg_catalog.pg_inherits i join pg_catalog.pg_class child on child.oid = i.inhrelid
        where i.inhparent = c.oid and child.relnamespace = c.relnamespace
      )
  ), ordered as (
    select r.*, row_number() over turn as place, sum(r.locks) over turn as total from relations r
    window turn as (order by r.relkind in ('v', 'm') desc, r.locks, r.oid)
  )
  select pg_catalog.format('drop %s if exists %s cascade',
    case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence' else 'table' end,
    oid::regclass) as sql
  from ordered where place = 1 or total <= ${MOST_LOCKS} order by place`

const ROUTINES_SQL = `select pg_catalog.format('drop routine if exists %s cascade', p.oid::regprocedure) as sql
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname = $1 and not ${IS_PART('pg_proc', 'p.oid')}
  order by p.oid limit ${MOST_LOCKS / LOCKS_EACH}`

/** Enums, domains, ranges and composite types; arrays and the types of tables go with theirs. */
const TYPES_SQL = `select pg_catalog.format('drop type if exists %s cascade', t.oid::regtype) as sql
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where n.nspname = $1 and t.typtype in ('e', 'd', 'r', 'c')
    and not exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind <> 'c')
    and not ${IS_PART('pg_type', 't.oid')}
  order by t.oid limit ${MOST_LOCKS / LOCKS_EACH}`

/**
 * Drops a batch of what is left in the schema, with what depends on it elsewhere.
 * @returns the number of objects; 0 when only the schema itself is left, with what is of no common kind
 */
export const dropBatch = async (client: ClientBase, schemaName: string): Promise<number> => {
  // Names in the statements are complete.
  await client.query(`set local search_path = pg_catalog`)
  for (const sql of [RELATIONS_SQL, ROUTINES_SQL, TYPES_SQL]) {
    const { rows } = await client.query<{ sql: string }>(sql, [schemaName])
    if (rows.length === 0) continue
    await runInOrder(
      client,
      rows.map((row) => row.sql),
    )
    return rows.length
  }
  return 0
}
