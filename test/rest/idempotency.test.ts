import { randomUUID } from 'node:crypto'
import test from 'ava'
import type pg from 'pg'
import { asOwnerAt } from '../support/citus.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

/** As the owner, where the workspace's keys are. */
const onNode = <T>(work: (node: pg.Client) => Promise<T>): Promise<T> =>
  asOwnerAt(server.database, client.workspace.schemaName, work)

const keyed = (key: string) => ({ 'idempotency-key': key })
const count = async (name: string): Promise<number> =>
  (await client.get(`/rest/companies?filter=name[eq]:"${name}"`)).body.totalCount

test('a repeated key gets the first answer, word for word, and writes nothing', async (t) => {
  const key = randomUUID()
  const data = { name: 'once', annualRevenue: { amountMicros: '12' }, position: 1.5 }
  const first = await client.request('POST', '/rest/companies?depth=1', data, keyed(key))
  t.is(first.status, 201)
  t.is(first.headers.get('idempotent-replayed'), null)
  for (const header of [key, `"${key}"`]) {
    const again = await client.request('POST', '/rest/companies?depth=1', data, keyed(header))
    t.is(again.status, 201)
    t.is(again.text, first.text)
    t.is(again.headers.get('idempotent-replayed'), 'true')
  }
  t.is(await count('once'), 1)
})

test('another body or another path under the same key is a 422', async (t) => {
  const key = randomUUID()
  await client.request('POST', '/rest/companies', { name: 'mine' }, keyed(key))
  for (const [path, body] of [
    ['/rest/companies', { name: 'other' }],
    ['/rest/companies?depth=1', { name: 'mine' }],
  ] as const) {
    const answer = await client.request('POST', path, body, keyed(key))
    t.is(answer.status, 422)
    t.is(answer.body.code, 'IDEMPOTENCY_KEY_REUSED')
  }
  t.is(await count('other'), 0)
})

test('many at once under one key run once', async (t) => {
  const key = randomUUID()
  const body = [{ name: 'twins' }, { name: 'twins' }]
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => client.request('POST', '/rest/batch/companies', body, keyed(key))),
  )
  t.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
  t.is(new Set(answers.map(({ text }) => text)).size, 1)
  t.is(await count('twins'), 2)
})

test('works for bulk updates, upserts, restores and answers without bodies', async (t) => {
  const made = await client.request('POST', '/rest/companies', { name: 'bulk keyed' })
  const { id } = made.body.data.createCompany
  const bulk = () =>
    client.request(
      'PATCH',
      '/rest/companies?filter=name[eq]:"bulk keyed"',
      { name: 'renamed' },
      keyed('bulk'),
    )
  const first = await bulk()
  t.is(first.body.data.updateCompanies.length, 1)
  t.is((await bulk()).text, first.text, 'though nothing matches any more')
  const nothing = () =>
    client.request('PATCH', '/rest/companies?filter=name[eq]:"nobody"', { name: 'x' }, keyed('nothing'))
  t.is((await nothing()).text, (await nothing()).text)

  const upsert = () =>
    client.request(
      'POST',
      '/rest/batch/companies?upsert=true',
      [{ id, name: 'up' }, { name: 'up' }],
      keyed('up'),
    )
  t.is((await upsert()).text, (await upsert()).text)
  t.is(await count('up'), 2)

  await client.request('DELETE', `/rest/companies/${id}?soft_delete=true`)
  const restore = () =>
    client.request('PATCH', `/rest/companies/${id}/restore`, undefined, {
      ...keyed('restore'),
      prefer: 'return=minimal',
    })
  t.is((await restore()).status, 204)
  t.is((await restore()).status, 204)
})

test('failures are not stored, and may be retried', async (t) => {
  const key = randomUUID()
  const id = '018f0000-0000-7000-8000-0000000000e1'
  await client.request('POST', '/rest/companies', { id })
  t.is((await client.request('POST', '/rest/companies', { id, name: 'late' }, keyed(key))).status, 409)
  await client.request('DELETE', `/rest/companies/${id}`)
  t.is((await client.request('POST', '/rest/companies', { id, name: 'late' }, keyed(key))).status, 201)
  t.is((await client.request('POST', '/rest/companies', { id, name: 'late' }, keyed(key))).status, 201)
})

test('a batch that goes on repeats its answer too', async (t) => {
  const go = () =>
    client.request(
      'POST',
      '/rest/batch/companies?on_error=continue',
      [{ name: 7 }, { name: 'goes' }, { name: 7 }, { name: 'goes' }],
      keyed('goes on'),
    )
  const first = await go()
  t.is(first.status, 207)
  t.is((await go()).text, first.text)
  t.is(await count('goes'), 2)
})

test('a key is good for 24 hours, for one API key, in one workspace', async (t) => {
  const body = { name: 'expires' }
  await client.request('POST', '/rest/companies', body, keyed('day'))
  await onNode((node) =>
    node.query(
      `update tenantry_request.idempotency_keys set created_at = now() - interval '25 hours' where key = 'day'`,
    ),
  )
  const later = await client.request('POST', '/rest/companies', body, keyed('day'))
  t.is(later.headers.get('idempotent-replayed'), null)
  t.is(await count('expires'), 2)

  const colleague = await server.client(client.workspace, 'Member')
  const own = await colleague.request('POST', '/rest/companies', { name: 'other caller' }, keyed('day'))
  t.is(own.status, 201)
  const elsewhere = await (await server.enter('elsewhere')).request(
    'POST',
    '/rest/companies',
    {},
    keyed('day'),
  )
  t.is(elsewhere.headers.get('idempotent-replayed'), null)
})

test('an answer whose rows an older gateway laid out is not repeated', async (t) => {
  const body = { name: 'older format' }
  await client.request('POST', '/rest/companies', body, keyed('older'))
  await onNode((node) =>
    node.query(
      `update tenantry_request.idempotency_keys set shape = regexp_replace(shape, ' [0-9]+$', '') where key = 'older'`,
    ),
  )
  const repeated = await client.request('POST', '/rest/companies', body, keyed('older'))
  t.is(repeated.status, 422)
  t.is(repeated.body.code, 'IDEMPOTENT_ANSWER_LOST', repeated.text)
  t.is(await count('older format'), 1)
})

test('refuses an invalid key, and ignores one where nothing is written', async (t) => {
  for (const key of ['', '""', 'x'.repeat(256)]) {
    const answer = await client.request('POST', '/rest/companies', {}, keyed(key))
    t.is(answer.status, 400, key)
  }
  t.is((await client.request('GET', '/rest/companies', undefined, keyed('get'))).status, 200)
})

test('covers the mutations of GraphQL, each by itself', async (t) => {
  const query = `mutation ($name: String) {
    one: createCompany(data: { name: $name }) { id people { totalCount } }
    two: createCompanies(data: [{ name: $name }, { name: $name }]) { id createdAt annualRevenue { amountMicros } } }`
  const ask = (name: string) =>
    client.request('POST', '/graphql', { query, variables: { name } }, keyed('graphql'))
  const first = await ask('gql')
  t.is(first.body.errors, undefined)
  const again = await ask('gql')
  t.is(again.text, first.text)
  t.is(again.headers.get('idempotent-replayed'), 'true')
  t.is(await count('gql'), 3)
  const other = await ask('changed')
  t.is(other.body.errors[0].extensions.subCode, 'IDEMPOTENCY_KEY_REUSED')
  t.is(await count('changed'), 0)
})

test('a field that was refused takes no answer of another field when the request is repeated', async (t) => {
  const other = await server.enter()
  const setBatch = (records: number) =>
    other.request('POST', '/metadata', {
      query: `mutation { updateWorkspace(data: { maxBatchRecords: ${records} }) { maxBatchRecords } }`,
    })
  const countOf = async (plural: string): Promise<number> =>
    (await other.get(`/rest/${plural}?filter=createdBy.source[eq]:API`)).body.totalCount
  const [companies, notes] = [await countOf('companies'), await countOf('notes')]
  const query = `mutation {
    createCompanies(data: [{ name: "many 1" }, { name: "many 2" }]) { name }
    createCompany(data: { name: "one" }) { name }
    createNotes(data: [{ title: "many 1" }, { title: "many 2" }]) { title }
    createNote(data: { title: "one" }) { title } }`
  const ask = () => other.request('POST', '/graphql', { query }, keyed('in part'))
  t.is((await setBatch(1)).body.data.updateWorkspace.maxBatchRecords, 1)
  const single = { createCompany: { name: 'one' }, createNote: { title: 'one' } }
  for (let repeat = 0; repeat < 2; repeat += 1)
    t.deepEqual((await ask()).body.data, { ...single, createCompanies: null, createNotes: null })
  await setBatch(60)
  for (let repeat = 0; repeat < 2; repeat += 1)
    t.deepEqual((await ask()).body.data, {
      ...single,
      createCompanies: [{ name: 'many 1' }, { name: 'many 2' }],
      createNotes: [{ title: 'many 1' }, { title: 'many 2' }],
    })
  t.deepEqual([await countOf('companies'), await countOf('notes')], [companies + 3, notes + 3])
})

test('stored answers are visible only to the gateway and to their own key', async (t) => {
  await client.request('POST', '/rest/companies', {}, keyed('secret'))
  const { rows } = await server.gateway.pool.query(
    `select pg_role from tenantry.roles where workspace_id = $1 and label = 'Admin'`,
    [client.workspace.id],
  )
  await onNode(async (node) => {
    await node.query(`set role "${String(rows[0].pg_role).replaceAll('"', '""')}"`)
    await node.query(
      `set tenantry.claims = '${JSON.stringify({ workspaceId: client.workspace.id, keyId: randomUUID() })}'`,
    )
    t.is((await node.query('select from tenantry_request.idempotency_keys')).rowCount, 0)
  })
})
