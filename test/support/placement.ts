// The placement of a test database, for tests below the gateway.

import { isCoordinator } from '../../sql/citus.ts'
import { openCitus } from '../../sql/nodes/openCitus.ts'
import { quoteIdentifier, type ShardNames } from '../../sql/placeholder.ts'
import { createSinglePlacement, type Placement } from '../../sql/placement.ts'
import { createServers } from '../../sql/servers/servers.ts'
import { asOwnerAt } from './citus.ts'
import { PATIENT_MS, type TestDatabase } from './database.ts'
import { createTestLog } from './log.ts'

type Place = Pick<TestDatabase, 'pool' | 'ownerUrl' | 'gatewayUrl'>

/** Connections at one Postgres, or at the nodes of a cluster; close `connections` before the database. */
export const openTestPlacement = async (
  { pool: coordinator, ownerUrl, gatewayUrl }: Place,
  connections: number,
): Promise<Placement> => {
  const log = createTestLog()
  const servers = createServers(ownerUrl)
  const requests = createServers(gatewayUrl)
  const direct = { servers: requests, isPooled: false }
  const place = (await isCoordinator(coordinator))
    ? await openCitus({ coordinator, servers, requests, addresses: new Map(), log })
    : createSinglePlacement
  return place({
    ...{ coordinator, servers, requests: direct, direct, connections, poolGrowth: 0, log },
    databaseWaitMs: PATIENT_MS,
  })
}

/** Names of a schema's tables where it is; undefined: those of the catalog. */
export const shardsAt = async (database: Place, schema: string): Promise<ShardNames | undefined> => {
  const { shardsOf, connections } = await openTestPlacement(database, 1)
  try {
    return await shardsOf?.(schema)
  } finally {
    await connections.close()
  }
}

/** Makes a table appear large: sets the number of rows that Postgres estimates, where the table is. */
export const setEstimate = async (
  database: Place,
  schema: string,
  table: string,
  rows: number,
): Promise<void> => {
  const shards = await shardsAt(database, schema)
  const name = `${quoteIdentifier(schema)}.${quoteIdentifier(shards?.get(table) ?? table)}`
  await asOwnerAt(database, schema, async (node) => {
    // Citus hides its shards in pg_class. A setting without a meaning elsewhere.
    await node.query('set citus.override_table_visibility = off')
    await node.query('update pg_class set reltuples = $2, relpages = 1 where oid = $1::regclass', [
      name,
      rows,
    ])
  })
}
