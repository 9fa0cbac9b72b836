// Gateways on the older Postgres servers of test/postgres, with an owner who is a superuser and with one who
// is not.

import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { gatewayUrl } from '../../sql/gatewayRole.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { MAJORS, PASSWORD, startOlderPostgres } from '../support/olderPostgres.ts'
import { until } from '../support/until.ts'

/**
 * The second finds the login role of requests, which belongs to the server, and since 16 has to be given the
 * right to change it.
 */
const OWNERS = {
  postgres: 'create database of_postgres',
  modest: `create role modest login createrole password '${PASSWORD}';
    grant tenantry_gateway to modest with admin option;
    create database of_modest;
    grant create on database of_modest to modest`,
}

/** A whole little life: model, records on both protocols, a table by SQL, a role that reads only. */
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

for (const major of MAJORS) {
  test(`Postgres ${major} serves a superuser and an ordinary owner`, async (t) => {
    const server = await startOlderPostgres(major)
    if (server === null) {
      t.log(`skipped: Postgres ${major} is not installed (npm ci --prefix test/postgres)`)
      t.pass()
      return
    }
    t.teardown(server.stop)
    await live(t, server.port, 'postgres')
    await live(t, server.port, 'modest')
  })
}
