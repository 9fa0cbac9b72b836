// A foreign table whose server is unreachable. Every request returns a message of ours, for any error of
// Postgres.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { onOnePostgres } from '../support/where.ts'

const NO_FOREIGN = 'it refuses foreign tables'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter('Foreign', { standardObjects: false })
  await server.gateway.pool.query(`
    create foreign data wrapper idle; create server nowhere foreign data wrapper idle;
    create foreign table "${client.workspace.schemaName}".far (id int, name text) server nowhere;
    create table "${client.workspace.schemaName}".near (id int primary key, name text)`)
  await until('the tables are listed', async () => (await client.get('/rest/fars')).status !== 404)
})
test.after.always(() => server?.close())

const GRAPHQL: readonly string[] = [
  '{ fars { edges { node { id } } } }',
  '{ fars { totalCount } }',
  '{ far(filter: { name: { eq: "x" } }) { id } }',
  '{ farsGroupBy(groupBy: [{ name: true }]) { totalCount } }',
  'mutation { createFar(data: { name: "x" }) { id } }',
]

onOnePostgres('a foreign table that cannot be read is refused in words of ours', NO_FOREIGN, async (t) => {
  const answers = [
    await client.get('/rest/fars'),
    await client.get('/rest/fars?filter=name[eq]:x&order_by=name'),
    await client.get('/rest/fars/groupBy?group_by=[{"name":true}]'),
    await client.request('POST', '/rest/fars', { name: 'x' }),
    await client.request('PATCH', '/rest/fars?filter=name[eq]:x', { name: 'y' }),
    await client.request('DELETE', '/rest/fars?filter=name[eq]:x'),
    ...(await Promise.all(GRAPHQL.map((query) => client.graphql(query)))),
  ]
  for (const { status, text } of answers) {
    t.true(status < 500 || status === 503, text)
    t.notRegex(text, /handler|wrapper|idle|nowhere/i)
  }
})

onOnePostgres('a foreign table that cannot be read hides nothing else', NO_FOREIGN, async (t) => {
  t.is((await client.get('/rest/nears')).status, 200)
  for (const query of [
    '{ objectRecordCounts { objectNamePlural totalCount } }',
    '{ objects(paging: { first: 100 }) { edges { node { nameSingular } } } }',
  ]) {
    const { status, text } = await client.request('POST', '/metadata', { query })
    t.is(status, 200)
    t.notRegex(text, /handler|wrapper/i)
  }
  const { status, text } = await client.get('/rest/open-api/core')
  t.is(status, 200)
  t.notRegex(text, /handler/i)
})
