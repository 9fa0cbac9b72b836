// The runtime schema of a node: what the transactions of requests touch there (node.sql, and functions of the
// control schema). Made, and brought to this version, by the gateway when it first sees a node, and by
// `tenantry nodes prepare`. It carries the release number of the functions: an older gateway leaves what a
// newer one has made.

import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { functionFiles, functionRelease, hashOf } from '../functions.ts'
import { MIGRATION_LOCK } from '../migrate.ts'
import { inTransaction } from '../ownerPool.ts'
import { makeFence } from './fence.ts'

/** Files of functions/ that triggers and statements of requests call on a node. */
const FUNCTIONS = [
  'capture_actor',
  'capture_delete',
  'capture_insert',
  'capture_key_of',
  'capture_statement',
  'capture_truncate',
  'capture_update',
  'guard_member',
  'guard_member_email',
  'in_turn',
]

const NODE_SQL = readFileSync(new URL('node.sql', import.meta.url), 'utf8')

const functions = functionFiles.filter(({ name }) => FUNCTIONS.includes(name.replace(/\.sql$/, '')))
const HASH = hashOf([NODE_SQL, ...functions.map(({ hash }) => hash)].join('\n'))
const { release: RELEASE } = functionRelease()

/** `old`: of an earlier version; `missing`: requests that write fail on the node. */
export type NodeSchema = 'current' | 'newer' | 'old' | 'missing'

const readState = async (client: pg.ClientBase | pg.Pool): Promise<NodeSchema> => {
  const { rows: found } = await client.query<{ there: boolean }>(
    // From the tables: a name that was looked up before, in vain, stays cached where a transaction waited.
    `select exists (
       select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'tenantry_runtime' and c.relname = 'node'
     ) as there`,
  )
  if (found[0]?.there !== true) return 'missing'
  const { rows } = await client.query<{ hash: string; release: number }>(
    'select hash, release from tenantry_runtime.node',
  )
  const [row] = rows
  if (row === undefined) return 'missing'
  if (row.release > RELEASE) return 'newer'
  return row.hash === HASH ? 'current' : 'old'
}

/** The state of a node's runtime schema. Changes nothing. @param owner of the node */
export const readNodeSchema = (owner: pg.Pool): Promise<NodeSchema> => readState(owner)

export const isUsable = (state: NodeSchema): boolean => state === 'current' || state === 'newer'

const LACKS_FENCE_SQL = `select to_regclass('pg_catalog.pg_dist_placement') is not null
  and to_regprocedure('tenantry_request.holds_schema(name, text)') is null as lacks`

/** A start brings the function of a known node to this version (openCitus.ts). */
const ensureFence = async (owner: pg.Pool): Promise<void> => {
  const { rows } = await owner.query<{ lacks: boolean }>(LACKS_FENCE_SQL)
  if (rows[0]?.lacks !== true) return
  const client = await owner.connect()
  try {
    await makeFence(client)
  } finally {
    client.release(true)
  }
}

/**
 * Makes the runtime schema of a node, or brings it to this version; with nothing to do, it changes nothing.
 * @param owner of the node
 * @returns the state that it found
 */
export const prepareNode = async (owner: pg.Pool): Promise<NodeSchema> => {
  await ensureFence(owner)
  const before = await readState(owner)
  if (isUsable(before)) return before
  return inTransaction(owner, async (client) => {
    await client.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    const found = await readState(client)
    if (isUsable(found)) return found
    // On a Citus worker, where DDL would be sent to the other nodes. A setting without a meaning elsewhere.
    await client.query('set local citus.enable_ddl_propagation = off')
    // Functions call each other, so their files have no order.
    await client.query('set local check_function_bodies = off')
    await client.query(NODE_SQL)
    for (const { sql } of functions) await client.query(sql)
    await client.query(
      `insert into tenantry_runtime.node (hash, release) values ($1, $2)
       on conflict (is_single) do update set hash = excluded.hash, release = excluded.release, prepared_at = now()`,
      [HASH, RELEASE],
    )
    return found
  })
}
