import test, { type ExecutionContext } from 'ava'
import { describeModel } from '../../tenants/model/describe/describe.ts'
import { scratchDirectory, startGateway } from '../gateway/process.ts'
import { type Client, clientAt, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type MetadataClient, metadataOf } from '../support/metadata.ts'
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

test.serial('things created while the event triggers are disabled are found all the same', async (t) => {
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

test.serial('another gateway serves a change that was made on the first', async (t) => {
  const client = await one.enter()
  const there = await elsewhere(client)
  t.is((await there.get('/rest/rockets')).status, 404)
  t.is((await metadataOf(there).ask('{ objects { edges { cursor } } }')).objects.edges.length, 10)
  await metadataOf(client).createObject('rocket')
  await until(
    'the other gateway serves the new object',
    async () => (await there.get('/rest/rockets')).status === 200,
  )
  t.truthy(await metadataOf(there).objectId('rocket'))
  t.is((await there.request('POST', '/rest/rockets', { name: 'Ariane' })).status, 201)
})

const UPDATE_OBJECT =
  'mutation ($id: UUID!, $update: UpdateObjectPayload!) { updateOneObject(input: { id: $id, update: $update }) { id } }'
const UPDATE_FIELD =
  'mutation ($id: UUID!, $update: UpdateFieldInput!) { updateOneField(input: { id: $id, update: $update }) { id } }'
const CHANGES = Number(process.env.LIVE_CHANGES ?? 200)

/** What a day of modelling consists of; each is one change, made on one gateway or the other in turns. */
const modelling = async (
  t: ExecutionContext,
  clients: readonly Client[],
  rocket: string,
  isLoaded: () => Promise<void>,
): Promise<number> => {
  let changes = 0
  const next = async (): Promise<MetadataClient> => {
    await isLoaded()
    const client = clients[changes % clients.length]
    if (client === undefined) throw new Error('There is no gateway.')
    changes += 1
    return metadataOf(client)
  }
  for (let n = 0; changes < CHANGES; n += 1) {
    const thing = await (await next()).createObject(`thing${n}`)
    const options = [{ value: 'ON', label: 'On', position: 0, color: 'green' }]
    const field = { objectMetadataId: thing, type: 'SELECT', name: 'state', label: 'State', options }
    const state = await (await next()).createField(field)
    // A request for something created just now finds it, on any gateway.
    for (const client of clients) {
      const made = await client.request('POST', `/rest/thing${n}s`, { name: 'Made', state: 'ON' })
      t.is(made.status, 201, made.text)
      const read = await client.graphql(`{ thing${n}s { edges { node { name state } } } }`)
      t.is(read.body.errors, undefined, read.text)
    }
    const text = { objectMetadataId: rocket, type: 'TEXT', name: `field${n}`, label: `Field ${n}` }
    const added = await (await next()).createField(text)
    await (await next()).ask(UPDATE_FIELD, { id: added, update: { name: `renamed${n}`, label: 'Renamed' } })
    await (await next()).ask(UPDATE_OBJECT, {
      id: thing,
      update: { nameSingular: `item${n}`, namePlural: `items${n}` },
    })
    await (await next()).ask(UPDATE_FIELD, { id: state, update: { isActive: false } })
    await (await next()).ask(UPDATE_FIELD, { id: state, update: { isActive: true } })
    await (await next()).ask(UPDATE_OBJECT, { id: thing, update: { isActive: false } })
    await (await next()).ask('mutation ($id: UUID!) { deleteOneField(input: { id: $id }) { id } }', {
      id: added,
    })
    await (await next()).ask('mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }', {
      id: thing,
    })
  }
  return changes
}

test.serial('changes of the model under load fail no request on either of two processes', async (t) => {
  t.timeout(600_000, 'Each change is followed by both gateways.')
  const client = await one.enter()
  const process = startGateway(t, {
    DATABASE_URL: one.database.ownerUrl,
    SECRET_KEY: one.database.secretKey,
    DATA_DIR: await scratchDirectory(t),
    API_RATE_LIMIT_PER_MINUTE: '1000000',
  })
  const there = clientAt(await process.url(), client)
  const rocket = await metadataOf(client).createObject('rocket')
  const { body } = await client.request('POST', '/rest/rockets', { name: 'Ariane' })
  const { id } = body.data.createRocket
  const { version } = await describeModel(one.gateway.pool, client.workspace.id)

  let isOver = false
  const answered = [0, 0]
  let seen: readonly number[] = [0, 0]
  /** Each gateway has answered the load since the change before. */
  const isLoaded = async (): Promise<void> => {
    await until('both gateways go on answering', () => answered.every((count, at) => count > (seen[at] ?? 0)))
    seen = [...answered]
  }
  const failures: string[] = []
  const load = async (from: Client, gateway: number): Promise<void> => {
    const requests = [
      () => from.get('/rest/rockets?limit=5&depth=1'),
      () => from.request('PATCH', `/rest/rockets/${id}`, { name: 'Ariane' }),
      () => from.graphql('{ rockets(first: 5) { edges { node { id name attachments { totalCount } } } } }'),
      () => from.graphql(`mutation { updateRocket(id: "${id}", data: { name: "Ariane" }) { name } }`),
    ]
    while (!isOver)
      for (const send of requests) {
        const { status, body: answer, text } = await send()
        if (status !== 200 || answer.errors !== undefined) failures.push(text)
        answered[gateway] = (answered[gateway] ?? 0) + 1
      }
  }
  const running = [client, there].map(load)
  const modelled = modelling(t, [client, there], rocket, isLoaded).finally(() => {
    isOver = true
  })
  const [changes] = await Promise.all([modelled, ...running])
  t.deepEqual([...new Set(failures)], [])
  t.true(changes >= CHANGES)
  // Every change was one, and the load went on beside them, on each gateway.
  const after = await describeModel(one.gateway.pool, client.workspace.id)
  t.is(after.version, version + changes)
  t.deepEqual(
    after.objects.filter(({ nameSingular }) => /^(thing|item)/.test(nameSingular)),
    [],
  )
  for (const count of answered) t.true(count >= changes, `${answered}`)
})
