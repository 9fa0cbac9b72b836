// An empty list asks for nothing: every operation that takes a list does nothing, and answers an empty list.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

const REST: readonly [path: string, body: unknown, status: number, answer: unknown][] = [
  ['batch/people', [], 201, { data: { createPeople: [] } }],
  ['batch/people?upsert=true', [], 201, { data: { createPeople: [] } }],
  ['batch/people?depth=1', [], 201, { data: { createPeople: [] } }],
  ['batch/people?on_error=continue', [], 201, { data: { createPeople: [] }, results: [] }],
  ['people/duplicates', { ids: [] }, 200, { data: [] }],
  ['people/duplicates', { data: [] }, 200, { data: [] }],
  ['people/duplicates?depth=1', { ids: [] }, 200, { data: [] }],
]
for (const [path, body, status, answer] of REST)
  test(`REST: ${path} with ${JSON.stringify(body)} writes nothing`, async (t) => {
    const given = await client.request('POST', `/rest/${path}`, body)
    t.is(given.status, status, given.text)
    t.deepEqual(given.body, answer)
  })

const GRAPHQL: readonly [operation: string, answer: unknown][] = [
  ['mutation { createPeople(data: []) { id name { firstName } company { id } } }', { createPeople: [] }],
  ['mutation { createPeople(data: [], upsert: true) { id } }', { createPeople: [] }],
  ['mutation { createPeople(data: [], onError: CONTINUE) { id } }', { createPeople: [] }],
  ['{ personDuplicates(ids: []) { totalCount edges { node { id } } } }', { personDuplicates: [] }],
  ['{ personDuplicates(data: []) { totalCount } }', { personDuplicates: [] }],
]
for (const [operation, answer] of GRAPHQL)
  test(`GraphQL: ${operation} writes nothing`, async (t) => {
    const given = await client.graphql(operation)
    t.deepEqual(given.body, { data: answer })
  })

test('an empty list of changes to the model or to a role changes nothing', async (t) => {
  const metadata = metadataOf(client)
  t.deepEqual(await metadata.ask('mutation { updateManyObjects(inputs: []) { id } }'), {
    updateManyObjects: [],
  })
  const { getRoles } = (await metadata.ask('{ getRoles { id label } }')) as {
    getRoles: { id: string; label: string }[]
  }
  const roleId = getRoles.find(({ label }) => label === 'Guest')?.id
  t.deepEqual(
    await metadata.ask(
      `mutation {
        upsertObjectPermissions(upsertObjectPermissionsInput: { roleId: "${roleId}", objectPermissions: [] }) { objectMetadataId }
        upsertFieldPermissions(upsertFieldPermissionsInput: { roleId: "${roleId}", fieldPermissions: [] }) { fieldMetadataId }
      }`,
    ),
    { upsertObjectPermissions: [], upsertFieldPermissions: [] },
  )
})

test('a role that may not create is refused also with an empty batch', async (t) => {
  const guest = await server.client(client.workspace, 'Guest')
  t.is((await guest.request('POST', '/rest/batch/people', [])).status, 403)
  t.is((await guest.request('POST', '/rest/batch/people?upsert=true', [])).status, 403)
})

test('a batch that is not a list is refused', async (t) => {
  for (const body of [{}, 'x', 1, null]) {
    const given = await client.request('POST', '/rest/batch/people', body)
    t.is(given.status, 400, JSON.stringify(body))
  }
})
