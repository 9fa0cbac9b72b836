// Spare Postgres roles: made in batches, and renamed when a role of a workspace needs one. After a new
// membership of the gateway's login, the next `set role` of every connection reads all memberships again:
// 5.5 ms at 5,000. After a rename it takes a tenth of that. So memberships change once for a batch. Few roles
// need no spares. Roles belong to the whole server, so the names contain the database.

import { randomBytes } from 'node:crypto'
import type { ClientBase } from 'pg'
import { runInOrder } from '../../sql/citus.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { membershipStatements } from '../schemaGrants.ts'

/** Number of roles from which a membership costs every connection more than half a millisecond. */
const MANY_ROLES = 500
const BATCH = 64
const LOCK_CLASS = 71_733_007

const PREFIX_SQL = `select 'tenantry_spare_' || oid || '_' as prefix from pg_catalog.pg_database where datname = current_database()`

const prefixOf = async (client: ClientBase): Promise<string> => {
  const { rows } = await client.query<{ prefix: string }>(PREFIX_SQL)
  return rows[0]?.prefix ?? ''
}

/**
 * A spare role that no other transaction takes, until this one ends; null without one. Since Postgres 16
 * renaming takes admin option on the role, which a new owner of the database lacks on an earlier owner's
 * spares: they are skipped.
 */
const lockSpare = async (client: ClientBase): Promise<string | null> => {
  const { rows } = await client.query<{ name: string }>(
    `select rolname::text as name from (${PREFIX_SQL}) p, pg_catalog.pg_roles r
     where r.rolname >= prefix::name and r.rolname < (prefix || '~')::name
       and (current_setting('server_version_num')::int < 160000
         or pg_has_role(r.oid, 'member with admin option'))
       and pg_try_advisory_xact_lock($1, hashtext(r.rolname::text)) limit 1`,
    [LOCK_CLASS],
  )
  const name = rows[0]?.name
  if (name === undefined) return null
  // Another transaction may have renamed it after this one found it, and ended before this one locked it.
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [name])
  return rowCount === 0 ? null : name
}

/** Makes spare roles, which may do nothing. */
export const makeSpareRoles = async (
  client: ClientBase,
  count: number,
  serverVersion: number,
): Promise<void> => {
  const prefix = await prefixOf(client)
  const statements = Array.from({ length: count }, () => {
    const name = prefix + randomBytes(8).toString('hex')
    return [`create role ${quoteIdentifier(name)} nologin`, ...membershipStatements(name, serverVersion)]
  })
  await runInOrder(client, statements.flat())
}

/** A role of this name without privileges, to which the gateway's login can `set role`. */
export const createPgRole = async (
  client: ClientBase,
  name: string,
  serverVersion: number,
): Promise<void> => {
  const spare = await lockSpare(client)
  if (spare !== null) {
    await client.query(`alter role ${quoteIdentifier(spare)} rename to ${quoteIdentifier(name)}`)
    return
  }
  const statements = [
    `create role ${quoteIdentifier(name)} nologin`,
    ...membershipStatements(name, serverVersion),
  ]
  await runInOrder(client, statements)
  const { rows } = await client.query<{ areMany: boolean }>(
    'select count(*) >= $1 as "areMany" from tenantry.roles where pg_role is not null',
    [MANY_ROLES],
  )
  if (rows[0]?.areMany === true) await makeSpareRoles(client, BATCH, serverVersion)
}
