// Gateways on the older Postgres servers that the machine happens to have (Debian's /usr/lib/postgresql/<version>), with an owner who is
// a superuser and with one who is not. The other tests run on one server: the embedded one, or that of TEST_DATABASE_URL.

import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { postgresAccount } from '../../sql/embedded/account.ts'
import { createCluster } from '../../sql/embedded/initdb.ts'
import { startPostmaster } from '../../sql/embedded/postmaster.ts'
import { gatewayUrl } from '../../sql/gatewayRole.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'

const PASSWORD = 'pw'

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const startServer = async (t: ExecutionContext, bin: string): Promise<number> => {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-other-'))
  // Another account may have to walk through it.
  await chmod(directory, 0o755)
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const clusterDir = join(directory, 'cluster')
  const account = postgresAccount(clusterDir)
  const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
  await createCluster({ binaries, account, clusterDir, password: PASSWORD })
  const port = await freePort()
  const postmaster = await startPostmaster({
    postgres: binaries.postgres,
    clusterDir,
    account,
    port,
    logFile: join(directory, 'log'),
    settings: { fsync: 'off', listen_addresses: '127.0.0.1', unix_socket_directories: '' },
  })
  t.teardown(() => postmaster.stop())
  return port
}

const OWNERS = {
  postgres: 'create database of_postgres',
  modest: `create role modest login createrole password '${PASSWORD}';
    create database of_modest;
    grant create on database of_modest to modest`,
}

/** A whole little life: model, records on both faces, a table by SQL, a role that reads only. */
const live = async (t: ExecutionContext, port: number, owner: keyof typeof OWNERS): Promise<void> => {
  const urlOf = (user: string, database: string) =>
    `postgres://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`
  const admin = new pg.Client({ connectionString: urlOf('postgres', 'postgres') })
  await admin.connect()
  for (const statement of OWNERS[owner].split(';')) await admin.query(statement)
  await admin.end()
  const ownerUrl = urlOf(owner, `of_${owner}`)
  const pool = createOwnerPool(ownerUrl)
  const server = await startTestGateway({
    database: {
      name: `of_${owner}`,
      ownerUrl,
      gatewayUrl: gatewayUrl(ownerUrl, SECRET_KEY),
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
  } finally {
    await server.close()
    await pool.end()
  }
}

for (const version of [15, 16, 17]) {
  test(`Postgres ${version} serves a superuser and an owner who is none`, async (t) => {
    const bin = `/usr/lib/postgresql/${version}/bin`
    if (!existsSync(join(bin, 'initdb'))) {
      t.log(`skipped: there is no Postgres ${version} in ${bin}`)
      t.pass()
      return
    }
    const port = await startServer(t, bin)
    await live(t, port, 'postgres')
    await live(t, port, 'modest')
  })
}
