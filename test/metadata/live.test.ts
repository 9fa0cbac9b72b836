import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'

let one: TestGateway
let other: TestGateway

test.before(async () => {
  one = await startTestGateway()
  other = await startTestGateway({ database: one.database })
})
test.after.always(async () => {
  await other?.close()
  await one?.close()
})

const elsewhere = (client: Client): Promise<Client> => other.client(client.workspace)

test.serial('the next request on the gateway that changed the model speaks the new one', async (t) => {
  const client = await one.enter()
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('rocket')
  for (let n = 0; n < 10; n += 1) {
    await metadata.createField({ objectMetadataId, type: 'NUMBER', name: `stage${n}`, label: `Stage ${n}` })
    const rest = await client.request('POST', '/rest/rockets', { [`stage${n}`]: n })
    t.is(rest.status, 201, rest.text)
    const graphql = await client.graphql(`{ rockets { edges { node { stage${n} } } } }`)
    t.is(graphql.body.errors, undefined, graphql.text)
  }
})

test.serial('what is made while the event triggers are switched off is found all the same', async (t) => {
  const client = await one.enter()
  const { pool } = one.gateway
  t.is((await client.get('/rest/unheards')).status, 404)
  await pool.query('alter event trigger tenantry_ddl disable')
  try {
    await pool.query(`create table "${client.workspace.schemaName}".unheard (id int primary key)`)
    await until('it is found', async () => (await client.get('/rest/unheards')).status === 200)
  } finally {
    await pool.query('alter event trigger tenantry_ddl enable')
  }
})

test.serial('another gateway hears of a change within a tenth of a second or so', async (t) => {
  const client = await one.enter()
  const there = await elsewhere(client)
  t.is((await there.get('/rest/rockets')).status, 404)
  t.is((await metadataOf(there).ask('{ objects { edges { cursor } } }')).objects.edges.length, 10)
  await metadataOf(client).createObject('rocket')
  const startMs = performance.now()
  await until(
    'the other gateway serves the new object',
    async () => (await there.get('/rest/rockets')).status === 200,
  )
  // A hundred milliseconds on an idle machine; tests share theirs.
  t.true(performance.now() - startMs < 5000)
  t.truthy(await metadataOf(there).objectId('rocket'))
  t.is((await there.request('POST', '/rest/rockets', { name: 'Ariane' })).status, 201)
})

test.serial('200 changes of the model under load fail no request on either gateway', async (t) => {
  const client = await one.enter()
  const there = await elsewhere(client)
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('rocket')
  await until('the other gateway serves it', async () => (await there.get('/rest/rockets')).status === 200)
  const { body } = await client.request('POST', '/rest/rockets', { name: 'Ariane' })
  const { id } = body.data.createRocket

  let isOver = false
  const counts = { rest: 0, graphql: 0, writes: 0 }
  const failures: string[] = []
  const load = async (from: Client): Promise<void> => {
    while (!isOver) {
      const [read, graphql, write] = await Promise.all([
        from.get('/rest/rockets?limit=5'),
        from.graphql('{ rockets(first: 5) { edges { node { id name } } } }'),
        from.request('PATCH', `/rest/rockets/${id}`, { name: 'Ariane' }),
      ])
      if (read.status !== 200) failures.push(read.text)
      if (graphql.status !== 200 || graphql.body.errors !== undefined) failures.push(graphql.text)
      if (write.status !== 200) failures.push(write.text)
      counts.rest += 1
      counts.graphql += 1
      counts.writes += 1
    }
  }
  const running = [load(client), load(there)]
  let changes = 0
  while (changes < 200) {
    const name = `field${changes}`
    const fieldId = await metadata.createField({ objectMetadataId, type: 'TEXT', name, label: name })
    await metadata.ask(
      'mutation ($id: UUID!) { updateOneField(input: { id: $id, update: { label: "Other" } }) { id } }',
      {
        id: fieldId,
      },
    )
    await metadata.ask('mutation ($id: UUID!) { deleteOneField(input: { id: $id }) { id } }', { id: fieldId })
    changes += 3
  }
  isOver = true
  await Promise.all(running)
  t.deepEqual([...new Set(failures)], [])
  t.true(counts.rest > 20 && counts.graphql > 20 && counts.writes > 20, JSON.stringify(counts))
})
