// What a transaction has created: the objects in the workspace's schema, and anything it created or changed
// outside. Visible catalog rows whose transaction is still running belong to this transaction, so other
// transactions that commit meanwhile do not show up.

import type { ClientBase } from 'pg'

export interface Arrival {
  /** `table`, `view`, `type`, `function` and so on. */
  readonly kind: string
  readonly name: string
}

export interface Arrivals {
  readonly inside: readonly Arrival[]
  readonly outside: readonly Arrival[]
  /** Names of other schemas in which something was created. */
  readonly schemas: readonly string[]
}

/**
 * Rows written by this transaction: `$2` is its id. Row ids have 32 bits; smaller ones belong to other
 * transactions.
 */
const own = (row: string): string => `case when ${row}.xmin::text::int8 >= $2::int8 & 4294967295
    then pg_catalog.pg_xact_status(((($2::int8 >> 32) << 32) + ${row}.xmin::text::int8)::text::xid8) = 'in progress' else false end`

const OBJECTS_SQL = `with placed as (
    select d.classid, d.objid, n.nspname::text as schema
    from pg_catalog.pg_depend d
    join pg_catalog.pg_namespace n on n.oid = d.refobjid
    where d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.classid not in ('pg_catalog.pg_default_acl'::regclass, 'pg_catalog.pg_extension'::regclass)
      and ${own('d')}
    union
    select 'pg_catalog.pg_class'::regclass, c.oid, n.nspname::text
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname <> $1 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${own('c')}
    union
    select 'pg_catalog.pg_namespace'::regclass, n.oid, n.nspname::text from pg_catalog.pg_namespace n where n.nspname <> $1 and ${own('n')}
    union
    select 'pg_catalog.pg_publication'::regclass, p.oid, null from pg_catalog.pg_publication p where ${own('p')}
    union
    select 'pg_catalog.pg_event_trigger'::regclass, e.oid, null from pg_catalog.pg_event_trigger e where ${own('e')}
    union
    select 'pg_catalog.pg_foreign_server'::regclass, s.oid, null from pg_catalog.pg_foreign_server s where ${own('s')}
  )
  select i.type as kind, coalesce(i.name, i.identity) as name, i.identity, p.schema
  from placed p, pg_catalog.pg_identify_object(p.classid, p.objid, 0) i
  where p.schema is distinct from 'pg_toast' and coalesce(p.schema, '') !~ '^pg_temp_'
    -- What an extension has made goes with it; a sequence goes with its column.
    and not exists (
      select from pg_catalog.pg_depend o where o.classid = p.classid and o.objid = p.objid and o.objsubid = 0
        and (o.deptype = 'e' or p.classid = 'pg_catalog.pg_class'::regclass and o.deptype in ('a', 'i') and i.type = 'sequence')
    )
  order by i.type, i.identity`

const ROWS_SQL = `select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::float8 as rows
  from pg_catalog.pg_stat_xact_user_tables where schemaname = $1`

interface Row extends Arrival {
  readonly identity: string
  readonly schema: string | null
}

export const transactionId = async (client: ClientBase): Promise<string> => {
  const { rows } = await client.query<{ id: string }>('select pg_catalog.pg_current_xact_id()::text as id')
  return rows[0]?.id ?? '0'
}

export const readArrivals = async (
  client: ClientBase,
  schemaName: string,
  transaction: string,
): Promise<Arrivals> => {
  const { rows: objects } = await client.query<Row>(OBJECTS_SQL, [schemaName, transaction])
  const outside = objects.filter(({ schema }) => schema !== schemaName)
  return {
    inside: objects.filter(({ schema }) => schema === schemaName).map(({ kind, name }) => ({ kind, name })),
    outside: outside.map(({ kind, identity }) => ({ kind, name: identity })),
    schemas: [...new Set(outside.flatMap(({ schema }) => (schema === null ? [] : [schema])))],
  }
}

const AUTHID_SQL = `select a.rolname::text as name from pg_catalog.pg_authid a where $1::text is not null and ${own('a')}`
const ROLES_SQL = `select rolname::text as name from pg_catalog.pg_roles where rolname !~ '^w_'`

/** Rows that this session has written to tables of the workspace and not yet reported to the statistics. */
export const countWritten = async (client: ClientBase, schemaName: string): Promise<number> =>
  (await client.query<{ rows: number }>(ROWS_SQL, [schemaName])).rows[0]?.rows ?? 0

/**
 * Roles that the transaction has created. Without the right to read pg_authid it compares two lists, ignoring
 * roles of workspaces (also of other databases), which come and go.
 * @param before the same list from before.
 */
export const readNewRoles = async (
  client: ClientBase,
  transaction: string,
  before: readonly string[],
): Promise<readonly string[]> => {
  const { rows: may } = await client.query<{ read: boolean }>(
    `select pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'select') as read`,
  )
  if (may[0]?.read !== true) return (await readRoles(client)).filter((role) => !before.includes(role))
  const { rows } = await client.query<{ name: string }>(AUTHID_SQL, ['', transaction])
  return rows.map(({ name }) => name)
}

export const readRoles = async (client: ClientBase): Promise<readonly string[]> =>
  (await client.query<{ name: string }>(ROLES_SQL)).rows.map(({ name }) => name)
