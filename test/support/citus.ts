// Databases on a Citus cluster, whose coordinator TEST_CITUS_URL names: each is made on all nodes, and is a
// cluster of its own.

import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { gatewayUrl } from '../../sql/gatewayRole.ts'
import { migrate } from '../../sql/migrate.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import {
  type OpenTestDatabase,
  PATIENT_MS,
  type TestDatabase,
  urlOfDatabase,
  workspaceRoles,
} from './database.ts'
import { clusterOfTests, SECRET_KEY } from './environment.ts'

export const asSuperuser = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

interface NodeAddress {
  readonly host: string
  readonly port: number
}

const withAddress = (url: string, { host, port }: NodeAddress): string =>
  Object.assign(new URL(url), { hostname: host, port: String(port) }).href

/** URLs of its workers, from `pg_dist_node`. */
export const workersOf = async (coordinator: string): Promise<readonly string[]> => {
  const nodes = await asSuperuser(coordinator, async (client) => {
    const { rows } = await client.query<NodeAddress>(
      'select nodename as host, nodeport as port from pg_dist_node where groupid > 0 order by nodeid',
    )
    return rows
  })
  if (nodes.length === 0) throw new Error('The cluster of TEST_CITUS_URL has no worker.')
  return nodes.map((node) => withAddress(coordinator, node))
}

/** The URL of a login at the node that holds a schema. */
const urlAt = async (pool: pg.Pool, url: string, schema: string): Promise<string> => {
  if (clusterOfTests() === null) return url
  const { rows } = await pool.query<NodeAddress>(
    `select nodename as host, nodeport as port from citus_shards
     where split_part(table_name::text, '.', 1) = quote_ident($1) limit 1`,
    [schema],
  )
  return rows[0] === undefined ? url : withAddress(url, rows[0])
}

/** The login of requests where a schema is: its worker, since a role cannot read through the coordinator. */
export const gatewayUrlAt = (
  { pool, gatewayUrl: url }: Pick<TestDatabase, 'pool' | 'gatewayUrl'>,
  schema: string,
): Promise<string> => urlAt(pool, url, schema)

/** The owner's login where a schema is. */
export const ownerUrlAt = (
  { pool, ownerUrl }: Pick<TestDatabase, 'pool' | 'ownerUrl'>,
  schema: string,
): Promise<string> => urlAt(pool, ownerUrl, schema)

export const asOwnerAt = async <T>(
  database: Pick<TestDatabase, 'pool' | 'ownerUrl'>,
  schema: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> => asSuperuser(await ownerUrlAt(database, schema), work)

const addressIn = (url: string): NodeAddress => {
  const { hostname: host, port } = new URL(url)
  return { host, port: Number(port) }
}

const addWorkers = (ownerUrl: string, workers: readonly string[]): Promise<void> =>
  asSuperuser(ownerUrl, async (client) => {
    const { host, port } = addressIn(ownerUrl)
    await client.query('select citus_set_coordinator_host($1, $2)', [host, port])
    for (const worker of workers) {
      const address = addressIn(worker)
      await client.query('select citus_add_node($1, $2)', [address.host, address.port])
    }
  })

export interface CitusDatabase extends OpenTestDatabase {
  /** URLs of a superuser at its workers. */
  readonly workers: readonly string[]
}

/** @param isMigrated false: without the control schema */
export const openCitusDatabase = async (
  coordinator: string,
  { isMigrated = true }: { readonly isMigrated?: boolean } = {},
): Promise<CitusDatabase> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  const nodes = [coordinator, ...(await workersOf(coordinator))]
  for (const node of nodes) await asSuperuser(node, (client) => client.query(`create database ${name}`))
  const [ownerUrl = '', ...workers] = nodes.map((node) => urlOfDatabase(node, name))
  for (const url of [ownerUrl, ...workers])
    await asSuperuser(url, (client) => client.query('create extension citus'))
  const pool = createOwnerPool(ownerUrl, { size: 12, waitMs: PATIENT_MS })
  const fill = async (): Promise<void> => {
    await addWorkers(ownerUrl, workers)
    if (isMigrated) await migrate(pool, { secretKey: SECRET_KEY })
  }
  // One at a time: databases share the roles, and Citus finds no deadlock between two of them.
  const alone = (work: () => Promise<void>): Promise<void> =>
    asSuperuser(coordinator, async (client) => {
      await client.query('select pg_advisory_lock(1)')
      await work()
    })
  await alone(fill)
  const drop = async (roles: readonly string[]): Promise<void> => {
    for (const node of nodes)
      await asSuperuser(node, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`)
        await client.query('set citus.enable_ddl_propagation = off')
        for (const role of roles) await client.query(`drop role if exists ${quoteIdentifier(role)}`)
      })
  }
  return {
    name,
    ownerUrl,
    workers,
    gatewayUrl: gatewayUrl(ownerUrl, SECRET_KEY),
    secretKey: SECRET_KEY,
    pool,
    close: async () => {
      const roles = await workspaceRoles(pool)
      await pool.end()
      await alone(() => drop(roles))
    },
  }
}
