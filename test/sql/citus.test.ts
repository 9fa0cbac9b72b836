// A start against a Citus cluster, which TEST_CITUS_URL names. Each test makes a database of its own, on all
// nodes or on the coordinator alone.

import { randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { unsupportedCitus } from '../../sql/citus.ts'
import { migrate } from '../../sql/migrate.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { asSuperuser, openCitusDatabase, workersOf } from '../support/citus.ts'
import { urlOfDatabase } from '../support/database.ts'
import { citusUrl, SECRET_KEY } from '../support/environment.ts'
import { startTestGateway } from '../support/gateway.ts'

const coordinator = citusUrl()
const tried = coordinator === null ? test.skip : test

const start = async (url: string): Promise<void> => {
  const pool = createOwnerPool(url)
  try {
    await migrate(pool, { secretKey: SECRET_KEY })
  } finally {
    await pool.end()
  }
}

/** A coordinator without workers. @returns its URL */
const createLonely = async (t: ExecutionContext, server: string): Promise<string> => {
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

for (const [version, server, isSupported] of [
  ['13.2-1', 15, true],
  ['13.2-1', 17, true],
  ['13.2-1', 18, false],
  ['13.1-1', 15, false],
  ['13.20-1', 15, false],
  ['12.1-1', 15, false],
  ['14.0-1', 15, false],
  ['14.0-1', 16, true],
  ['14.1-2', 18, true],
  ['15.0-1', 18, false],
] as const)
  test(`Citus ${version} on Postgres ${server} is ${isSupported ? 'supported' : 'refused by name'}`, (t) => {
    const refusal = unsupportedCitus({ version, server })
    if (isSupported) t.is(refusal, null)
    else
      t.true(
        refusal?.includes(`Citus ${version} on Postgres ${server}`),
        refusal ?? 'the versions are not named',
      )
  })

tried(
  'a start is refused where Citus would distribute the control schema, and changes nothing',
  async (t) => {
    const url = await createLonely(t, coordinator ?? '')
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
      client
        .query(`create schema elsewhere`)
        .then(() => client.query('create table elsewhere.note (id int)')),
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
  },
)

tried('a worker is refused', async (t) => {
  const [worker = ''] = await workersOf(coordinator ?? '')
  await t.throwsAsync(start(worker), { message: /worker of a Citus cluster.+the coordinator/ })
})

tried('workspaces of a cluster are on its workers, and requests go there', async (t) => {
  const database = await openCitusDatabase(coordinator ?? '')
  const gateway = await startTestGateway({ database, environment: { POOL_SIZE: '3', CAPTURE: 'demand' } })
  t.teardown(async () => {
    await gateway.close()
    await database.close()
  })
  const client = await gateway.enter()
  t.is((await client.get('/rest/companies')).status, 200)
  const { rows } = await database.pool.query(
    `select count(distinct nodeport)::int as nodes, bool_and(nodeport <> $2) as "areOnWorkers"
     from citus_shards where split_part(table_name::text, '.', 1) = $1`,
    [client.workspace.schemaName, Number(new URL(database.ownerUrl).port)],
  )
  t.deepEqual(rows, [{ nodes: 1, areOnWorkers: true }])
})

test('the tests of Citus', (t) => {
  t.log(
    coordinator === null
      ? 'skipped: TEST_CITUS_URL names no coordinator'
      : `ran at ${new URL(coordinator).host}`,
  )
  t.pass()
})
