// Gateways on the older Postgres servers of test/postgres, with an owner who is a superuser and with the one
// that `tenantry setup-sql` creates; with the latter on the server of all tests, too.

import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { readConfig } from '../../gateway/config.ts'
import { diagnose } from '../../gateway/doctor/doctor.ts'
import { createStatements } from '../../gateway/observe/statements.ts'
import { gatewayUrl } from '../../sql/gatewayRole.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { readServers } from '../../sql/servers/hosts.ts'
import { setupStatements } from '../../sql/setup.ts'
import { asAdmin, urlOfDatabase } from '../support/database.ts'
import { adminUrl, SECRET_KEY } from '../support/environment.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { isInstalled, MAJORS, type Major, PASSWORD, startOlderPostgres } from '../support/olderPostgres.ts'
import { makeScratch } from '../support/scratch.ts'
import { until } from '../support/until.ts'

const SUPERUSER = 'postgres'

/** A database for the owner; of the superuser, or with what `setup-sql` prints. @returns its URL */
const prepare = async (admin: pg.Client, serverUrl: string, owner: string): Promise<string> => {
  const database = `of_${owner}`
  if (owner === SUPERUSER) {
    await admin.query(`create database ${database}`)
    return urlOfDatabase(serverUrl, database)
  }
  for (const statement of setupStatements({ role: owner, database })) await admin.query(statement)
  await admin.query(`alter role ${owner} password '${PASSWORD}'`)
  const url = new URL(urlOfDatabase(serverUrl, database))
  url.username = owner
  url.password = PASSWORD
  return url.href
}

/** What the Postgres of docker-compose.yml runs once, with another name of role and database. */
const prepareByCompose = async (t: ExecutionContext, owner: string): Promise<string> => {
  const secret = join(await makeScratch('tenantry-setup-'), 'password')
  t.teardown(() => rm(dirname(secret), { recursive: true }))
  await writeFile(secret, PASSWORD)
  const script = (await readFile('deploy/compose/setup.sh', 'utf8'))
    .replaceAll('"tenantry"', `"${owner}"`)
    .replace('/run/secrets/tenantry_password', secret)
  const url = new URL(adminUrl())
  const { hostname: PGHOST, port: PGPORT, username: POSTGRES_USER, password: PGPASSWORD } = url
  const env = { PATH: process.env.PATH, PGHOST, PGPORT, POSTGRES_USER, PGPASSWORD }
  await promisify(execFile)('sh', ['-c', script], { env })
  Object.assign(url, { username: owner, password: PASSWORD, pathname: owner })
  return url.href
}

/** Running statements of requests are listed and cancelled; `doctor` names what takes a superuser. */
const operateOrdinarily = async (
  t: ExecutionContext,
  { gateway, database }: TestGateway,
  ownerUrl: string,
) => {
  const sleeper = new pg.Client({ connectionString: database.gatewayUrl })
  await sleeper.connect()
  const cancelled = t.throwsAsync(sleeper.query('select pg_sleep(600)'), { code: '57014' })
  const statements = createStatements(() => [])
  const isSleeping = ({ waitEvent }: { readonly waitEvent: string | null }) => waitEvent === 'Timeout:PgSleep'
  let listed = await statements.list(gateway.pool)
  await until('the statement is listed', async () => {
    listed = await statements.list(gateway.pool)
    return listed.statements.some(isSleeping)
  })
  t.is(listed.hidden, 0)
  const found = listed.statements.find(isSleeping)
  if (found !== undefined) await statements.cancel(gateway.pool, found, () => {})
  await cancelled
  await sleeper.end()
  const findings = await diagnose(readConfig({ DATABASE_URL: ownerUrl, SECRET_KEY }))
  t.deepEqual(
    findings.filter(({ status }) => status !== 'ok').map(({ check }) => check),
    ['event triggers'],
  )
}

/** A whole little life: model, records on both protocols, a table by SQL, a role that reads only. */
const live = async (t: ExecutionContext, ownerUrl: string, owner: string): Promise<void> => {
  const pool = createOwnerPool(ownerUrl)
  const server = await startTestGateway({
    database: {
      name: `of_${owner}`,
      ownerUrl,
      gatewayUrl: gatewayUrl(readServers(ownerUrl)?.urls[0] ?? ownerUrl, SECRET_KEY),
      secretKey: SECRET_KEY,
      pool,
      close: () => pool.end(),
    },
  })
  try {
    const client = await server.enter()
    const metadata = metadataOf(client)
    const objectMetadataId = await metadata.createObject('rocket')
    const options = ['IDLE', 'BUSY'].map((value, position) => ({
      value,
      label: value,
      position,
      color: 'red',
    }))
    for (const field of [
      { type: 'SELECT', name: 'status', options },
      { type: 'TEXT', name: 'code', isUnique: true },
      { type: 'ADDRESS', name: 'home' },
      { type: 'UUID', name: 'own', defaultValue: 'uuid' },
    ])
      await metadata.createField({ objectMetadataId, label: field.name, ...field })
    const created = await client.request('POST', '/rest/batch/rockets', [
      { name: 'Ariane', status: 'BUSY', code: 'a', home: { addressCity: 'Kourou' } },
      { name: 'Véga', code: 'b' },
    ])
    t.is(created.status, 201, created.text)
    t.is((await client.request('POST', '/rest/rockets', { code: 'a' })).status, 409)
    const { body } = await client.graphql(
      '{ rockets(filter: { home: { addressCity: { eq: "Kourou" } } }) { totalCount edges { node { name status } } }' +
        ' search(searchInput: "vega", limit: 5) { edges { node { label } } } }',
    )
    t.deepEqual(body.data.rockets, { totalCount: 1, edges: [{ node: { name: 'Ariane', status: 'BUSY' } }] })
    t.is(body.data.search.edges.length, 1)
    const q = `"${client.workspace.schemaName}"`
    await pool.query(
      `create table ${q}.crate (id serial primary key, label text unique, rocket_id uuid references ${q}.rocket)`,
    )
    await until('the table is seen', async () => (await client.get('/rest/crates')).status === 200)
    const crate = await client.request('POST', '/rest/crates?depth=1', {
      label: 'x',
      rocket: { connect: { where: { code: 'b' } } },
    })
    t.is(crate.body.data.createCrate.rocket.name, 'Véga', crate.text)
    await pool.query(`alter table ${q}.crate rename column label to title`)
    await until(
      'the column is seen',
      async () => (await client.get('/rest/crates?filter=title[eq]:x')).status === 200,
    )
    const guest = await server.client(client.workspace, 'Guest')
    t.is((await guest.get('/rest/crates')).body.totalCount, 1)
    t.is((await guest.request('POST', '/rest/crates', { title: 'y' })).status, 403)
    const webhook = await client.request('POST', '/rest/metadata/webhooks', {
      targetUrl: 'https://hooks.example.com/crm',
      operations: ['crate.created'],
    })
    t.is(webhook.status, 201, webhook.text)
    if (owner !== SUPERUSER) await operateOrdinarily(t, server, ownerUrl)
  } finally {
    await server.close()
    await pool.end()
  }
}

test('the server of the tests serves the owner of setup-sql', async (t) => {
  const owner = `setup_${process.pid}`
  t.teardown(() =>
    asAdmin(async (admin) => {
      await admin.query(`drop database if exists ${owner} with (force)`)
      await admin.query(`drop owned by ${owner}`)
      await admin.query(`drop role ${owner}`)
    }),
  )
  await live(t, await prepareByCompose(t, owner), owner)
})

type Settings = Readonly<Record<string, string>>

/** Null, with a line in the report, where it is not installed. */
const startWithAdmin = async (t: ExecutionContext, major: Major, settings?: Settings) => {
  const server = await startOlderPostgres(major, settings)
  if (server === null) {
    t.log(`skipped: Postgres ${major} is not installed (npm ci --prefix test/postgres)`)
    t.pass()
    return null
  }
  t.teardown(server.stop)
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  t.teardown(() => admin.end())
  return { server, admin }
}

test('a server is reached by its socket, in the form of libpq', async (t) => {
  const major = MAJORS.find(isInstalled) ?? MAJORS[0]
  // A socket in the data directory.
  const started = await startWithAdmin(t, major, { unix_socket_directories: '.' })
  if (started === null) return
  const { server, admin } = started
  const { username, password, pathname, port } = new URL(await prepare(admin, server.url, 'local'))
  const host = encodeURIComponent(server.clusterDir)
  await live(t, `postgres://${username}:${password}@${pathname}?host=${host}&port=${port}`, 'local')
})

for (const major of MAJORS) {
  test(`Postgres ${major} serves a superuser and the owner of setup-sql`, async (t) => {
    const started = await startWithAdmin(t, major)
    if (started === null) return
    const { server, admin } = started
    await live(t, await prepare(admin, server.url, SUPERUSER), SUPERUSER)
    // It finds the login of requests, which belongs to the server.
    await live(t, await prepare(admin, server.url, 'modest'), 'modest')
  })
}
