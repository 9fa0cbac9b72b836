// A start against a Citus cluster, which TEST_CITUS_URL names. The tests make a database of their own at its
// coordinator, a cluster of one node, and read its first worker.

import { randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { migrate } from '../../sql/migrate.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { urlOfDatabase } from '../support/database.ts'
import { citusUrl, SECRET_KEY } from '../support/environment.ts'

const coordinator = citusUrl()
const tried = coordinator === null ? test.skip : test

const asSuperuser = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const start = async (url: string): Promise<void> => {
  const pool = createOwnerPool(url)
  try {
    await migrate(pool, { secretKey: SECRET_KEY })
  } finally {
    await pool.end()
  }
}

/** @returns its URL */
const createCluster = async (t: ExecutionContext, server: string): Promise<string> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  const inServer = (sql: string) => asSuperuser(server, (client) => client.query(sql))
  await inServer(`create database ${name}`)
  t.teardown(() => inServer(`drop database ${name} with (force)`))
  const url = urlOfDatabase(server, name)
  await asSuperuser(url, async (client) => {
    await client.query('create extension citus')
    await client.query(
      `select citus_set_coordinator_host('127.0.0.1', current_setting('port')::int);
       update pg_dist_node set shouldhaveshards = true`,
    )
  })
  return url
}

const hasControlSchema = (url: string): Promise<boolean> =>
  asSuperuser(url, async (client) => {
    const { rows } = await client.query(`select to_regnamespace('tenantry') is not null as there`)
    return rows[0].there
  })

tried('a start is refused where Citus distributes workspaces, and changes nothing', async (t) => {
  const url = await createCluster(t, coordinator ?? '')
  const sharding = Object.assign(new URL(url), {
    search: `?options=${encodeURIComponent('-c citus.enable_schema_based_sharding=on')}`,
  }).href
  await t.throwsAsync(start(sharding), {
    message: /citus\.enable_schema_based_sharding is on, .+ Switch it off/s,
  })
  t.false(await hasControlSchema(url))

  // Without it everything is local, as on any Postgres.
  await start(url)
  const pool = createOwnerPool(url)
  t.teardown(() => pool.end())
  const { schemaName } = await createWorkspace(pool, { name: 'local', standardObjects: false })
  await start(url)

  await asSuperuser(sharding, (client) =>
    client.query(`create schema elsewhere`).then(() => client.query('create table elsewhere.note (id int)')),
  )
  await start(url)
  await pool.query('update tenantry.workspaces set schema_name = $1', ['elsewhere'])
  await t.throwsAsync(start(url), {
    message:
      /distributed the schemas of workspaces \(1, such as elsewhere\).+citus_schema_undistribute\('elsewhere'\)/s,
  })
  await pool.query(`select citus_schema_undistribute('elsewhere')`)
  await start(url)
  await pool.query('update tenantry.workspaces set schema_name = $1', [schemaName])
})

tried('a worker is refused', async (t) => {
  const server = coordinator ?? ''
  const [worker] = await asSuperuser(server, async (client) => {
    const { rows } = await client.query<{ host: string; port: number }>(
      `select nodename as host, nodeport as port from pg_dist_node where groupid > 0 order by nodeid limit 1`,
    )
    return rows
  })
  if (worker === undefined) throw new Error('The cluster of TEST_CITUS_URL has no worker.')
  const url = Object.assign(new URL(server), { hostname: worker.host, port: String(worker.port) }).href
  await t.throwsAsync(start(url), { message: /worker of a Citus cluster.+the coordinator/ })
})

test('the tests of Citus', (t) => {
  t.log(
    coordinator === null
      ? 'skipped: TEST_CITUS_URL names no coordinator'
      : `ran at ${new URL(coordinator).host}`,
  )
  t.pass()
})
