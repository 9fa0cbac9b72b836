// The fence of a Citus node: the condition that session settings assert (`placedSettings`). A move copies the
// shards of a schema, and Citus drops the old ones later: statements that arrive at the old node must fail.
//
// Writes lock the metadata of a shard in share mode, as Citus' own planner does. A move locks each shard of
// the schema in exclusive mode on all nodes before it switches. A role that does not own the table may not
// lock, hence a function of the owner, on each node. It takes the lock before it looks: each statement of
// plpgsql has a snapshot of its own. Reads look without a lock: one that passed the condition reads the old
// copy, which was complete when it began.

import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { GATEWAY_ROLE } from '../gatewayRole.ts'

const heldHere = (schema: string): string => `exists (select from pg_catalog.pg_namespace s
  where s.nspname = ${schema} and coalesce((
    select x.groupid from pg_catalog.pg_dist_schema d
    join pg_catalog.pg_dist_partition p on p.colocationid = d.colocationid
    join pg_catalog.pg_dist_shard h on h.logicalrelid = p.logicalrelid
    join pg_catalog.pg_dist_placement x on x.shardid = h.shardid
    where d.schemaid = s.oid limit 1
  ), 0) = (select g.groupid from pg_catalog.pg_dist_local_group g))`

/** For reads. */
export const READS_SCHEMA = heldHere('$5::pg_catalog.name')

/** For writes. */
export const HOLDS_SCHEMA = 'tenantry_request.holds_schema($5::pg_catalog.name, $2)'

const FUNCTION_SQL = readFileSync(new URL('holds_schema.sql', import.meta.url), 'utf8')
/** Gateways that start at the same moment create the function one after the other: "fence" in ASCII. */
const LOCK = '439956136805'

/** Makes the function on one node. */
export const makeFence = async (client: pg.ClientBase): Promise<void> => {
  await client.query('begin')
  await client.query(`select pg_advisory_xact_lock(${LOCK})`)
  // Each node has its own: creation through the coordinator fails while one node is away.
  await client.query('set local citus.enable_ddl_propagation = off')
  await client.query('create schema if not exists tenantry_request')
  await client.query('grant usage on schema tenantry_request to public')
  await client.query(FUNCTION_SQL)
  await client.query('revoke execute on function tenantry_request.holds_schema from public')
  await client.query(`grant execute on function tenantry_request.holds_schema to ${GATEWAY_ROLE}`)
  await client.query('commit')
}
