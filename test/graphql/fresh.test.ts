// What was made a moment ago, while the notification of it is still on its way: here it never comes, so that
// nothing depends on luck.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { runStatements } from '../support/sqlByHand.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

/** Runs SQL whose notification is held back; the versions of workspaces are raised by it all the same. */
const unheard = async ({ workspace }: Client, sql: string): Promise<void> => {
  const client = await server.gateway.pool.connect()
  try {
    await client.query('begin; alter table tenantry.workspaces disable trigger user')
    await client.query(`set local search_path = ${quoteIdentifier(workspace.schemaName)}, pg_catalog`)
    await runStatements(client, sql)
    await client.query('alter table tenantry.workspaces enable trigger user; reset search_path; commit')
  } finally {
    client.release()
  }
}

const enter = async () => {
  const client = await server.enter('Fresh', { standardObjects: false })
  await unheard(client, 'create table depot (id bigserial primary key)')
  await client.graphql('{ depots { totalCount } }')
  await client.graphql('{ __typename }')
  return client
}

test.serial(
  'a table, a column, a value of an enum and a function are there as soon as they are made',
  async (t) => {
    const client = await enter()
    const dataOf = async (query: string, variables?: Record<string, unknown>) => {
      const { status, body, text } = await client.graphql(query, variables)
      t.is(status, 200, text)
      t.is(body.errors, undefined, text)
      return body.data
    }
    await unheard(
      client,
      `create type mood as enum ('GOOD'); create table crate (id bigserial primary key, label text, mood mood);
     insert into crate (label) values ('first')`,
    )
    t.deepEqual(await dataOf('{ crates { edges { node { label } } } }'), {
      crates: { edges: [{ node: { label: 'first' } }] },
    })
    await unheard(client, 'alter table crate add column weight int')
    t.deepEqual(await dataOf('{ crates(filter: { weight: { is: NULL } }) { totalCount } }'), {
      crates: { totalCount: 1 },
    })
    await unheard(client, 'alter table crate add column height int')
    const create = 'mutation ($data: CrateCreateInput!) { createCrate(data: $data) { id } }'
    await dataOf(create, { data: { label: 'second', height: 3 } })
    await unheard(client, `alter type mood add value 'BAD'`)
    await dataOf('mutation { createCrate(data: { label: "third", mood: BAD }) { mood } }')
    t.deepEqual(await dataOf('{ crates { totalCount } }'), { crates: { totalCount: 3 } })
    await unheard(client, 'create function answer() returns int language sql stable return 42')
    t.deepEqual(await dataOf('{ answer }'), { answer: 42 })
  },
)

test.serial('a dropped column only affects requests that name it', async (t) => {
  const client = await enter()
  await unheard(
    client,
    `create table crate (id bigserial primary key, label text, weight int, height int, width int); insert into crate (label) values ('first')`,
  )
  const update = 'mutation { updateCrate(id: 1, data: { label: "second" }) { label } }'
  t.is((await client.graphql(update)).body.errors, undefined)
  await unheard(client, 'alter table crate drop column weight')
  const updated = await client.graphql(update)
  t.deepEqual(updated.body, { data: { updateCrate: { label: 'second' } } }, updated.text)
  await unheard(client, 'alter table crate drop column height')
  const read = await client.graphql('{ crates { edges { node { label } } } }')
  t.is(read.body.errors, undefined, read.text)
  await unheard(client, 'alter table crate drop column width')
  const named = await client.graphql(
    'mutation { updateCrate(id: 1, data: { label: "third", width: 7 }) { width } }',
  )
  t.is(named.status, 400)
  t.regex(named.text, /width/)
  t.is((await client.get('/rest/crates')).body.data.crates[0].label, 'second')
})

test.serial('the metadata API looks a second time, too', async (t) => {
  const client = await enter()
  const metadata = metadataOf(client)
  await metadata.ask('{ objects { edges { cursor } } }')
  await unheard(client, 'create table crate (id bigserial primary key)')
  const rest = await client.get('/rest/metadata/objects/crates')
  t.is(rest.status, 200, rest.text)
  const { id } = rest.body.data.object
  t.deepEqual(await metadata.ask(`{ object(id: "${id}") { nameSingular } }`), {
    object: { nameSingular: 'crate' },
  })
  await unheard(client, 'create table barrel (id bigserial primary key)')
  const { rows } = await server.gateway.pool.query<{ id: string }>(
    `select o.id from tenantry.objects o where o.workspace_id = $1 and o.table_name = 'barrel'`,
    [client.workspace.id],
  )
  t.deepEqual(await metadata.ask(`{ object(id: "${rows[0]?.id}") { nameSingular } }`), {
    object: { nameSingular: 'barrel' },
  })
})

/** Queries of the owner's pool by name, in the order of their starts, and how many of a name ran at once. */
const watchQueries = (t: { teardown(work: () => void): void }) => {
  const { pool } = server.gateway
  const asked: string[] = []
  const running = new Map<string, number>()
  const most = new Map<string, number>()
  const { query } = pool
  const watched: typeof pool.query = (...all: unknown[]) => {
    const [first] = all
    const name =
      typeof first === 'object' && first !== null && 'name' in first ? String(first.name) : String(first)
    asked.push(name)
    const count = (running.get(name) ?? 0) + 1
    running.set(name, count)
    most.set(name, Math.max(count, most.get(name) ?? 0))
    const answer: unknown = Reflect.apply(query, pool, all)
    const end = (): void => void running.set(name, (running.get(name) ?? 0) - 1)
    if (answer instanceof Promise) answer.then(end, end)
    // biome-ignore lint/suspicious/noExplicitAny: its overloads return a promise or nothing.
    return answer as any
  }
  pool.query = watched
  t.teardown(() => {
    pool.query = query
  })
  return { asked, most }
}

test.serial('an unknown name costs one small query, and no model is read for it', async (t) => {
  const client = await enter()
  const { asked } = watchQueries(t)
  const refused = await client.graphql('{ nothing { id } }')
  t.is(refused.status, 400)
  t.is(refused.body.errors[0].message, 'Cannot query field "nothing" on type "Query".')
  // Of the caller, and of the gateway's own work.
  const others = /^tenantry_(?:caller|claim_|tick)/
  const known = asked.filter((name) => name.startsWith('tenantry_') && !others.test(name))
  t.deepEqual(known, ['tenantry_workspace_version'])
})

test.serial(
  'requests that name what is unknown leave connections to others, however many they are',
  async (t) => {
    const client = await enter()
    const { most } = watchQueries(t)
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, at) => client.get(`/rest/depots?filter=unknown${at}[eq]:1`)),
    )
    t.deepEqual([...new Set(answers.map(({ status }) => status))], [400])
    t.is(most.get('tenantry_workspace_version'), 1)
  },
)
