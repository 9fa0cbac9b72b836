// What clients of the contract do in a row: a connector that inlines its values, and the way from a new
// object to its records.

import test from 'ava'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { isSkippedOnCluster } from '../support/where.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

test('a connector checks its key, reads the schema, and writes with values inlined in the document', async (t) => {
  const client = await server.enter()
  const metadata = metadataOf(client)
  const { currentWorkspace } = await metadata.ask('query { currentWorkspace { id displayName } }')
  t.like(currentWorkspace, { id: client.workspace.id, displayName: client.workspace.name })

  const { objects } =
    await metadata.ask(`query { objects(paging: {first: 1000}, filter: {isActive: {is: true}}) {
    edges { node { nameSingular namePlural labelSingular
      fields(paging: {first: 1000}, filter: {isActive: {is: true}}) {
        edges { node { type name label description isNullable defaultValue options } } } } } } }`)
  const person = objects.edges.find(
    ({ node }: { node: { nameSingular: string } }) => node.nameSingular === 'person',
  )
  t.true(person.node.fields.edges.length > 0)

  const created = await client.graphql(
    'mutation CreatePerson { createPerson(data: {name: {firstName: "Ada", lastName: "Byron"}, emails: {primaryEmail: "ada@acme.test"}}) { id } }',
  )
  const { id } = created.body.data.createPerson
  const updated = await client.graphql(
    `mutation UpdatePerson { updatePerson(data: {jobTitle: "CTO"}, id: "${id}") { id jobTitle } }`,
  )
  t.deepEqual(updated.body.data.updatePerson, { id, jobTitle: 'CTO' })

  // The malformed parameter is sent by real clients.
  const sample = await client.get('/rest/people?limit:3')
  t.is(sample.status, 200)
  t.is(sample.body.data.people[0].id, id)

  const deleted = await client.graphql(`mutation DeletePerson { deletePerson(id: "${id}") { id } }`)
  t.deepEqual(deleted.body.data.deletePerson, { id })
  t.is((await client.get('/rest/people')).body.totalCount, 0)
})

test('from a new object to its records: written, found, counted, thrown away and taken back', async (t) => {
  const client = await server.enter()
  const metadata = metadataOf(client)
  const { createOneObject } = await metadata.ask(
    'mutation($i: CreateOneObjectInput!){createOneObject(input:$i){id}}',
    {
      i: {
        object: {
          nameSingular: 'rocket',
          namePlural: 'rockets',
          labelSingular: 'Rocket',
          labelPlural: 'Rockets',
        },
      },
    },
  )
  const { createOneField } = await metadata.ask(
    'mutation($i: CreateOneFieldMetadataInput!){createOneField(input:$i){id name}}',
    {
      i: {
        field: {
          objectMetadataId: createOneObject.id,
          type: 'SELECT',
          name: 'status',
          label: 'Status',
          defaultValue: "'IDLE'",
          options: [
            { value: 'IDLE', label: 'Idle', position: 0, color: 'gray' },
            { value: 'FLYING', label: 'Flying', position: 1, color: 'green' },
          ],
        },
      },
    },
  )
  t.is(createOneField.name, 'status')

  const created = await client.request('POST', '/rest/rockets', { name: 'Ariane', status: 'FLYING' })
  t.is(created.status, 201)
  const { id, position } = created.body.data.createRocket
  if (!isSkippedOnCluster(t, 'a worker draws positions from a range of its own')) t.is(position, 1)
  const found = await client.get('/rest/rockets?filter=status[eq]:"FLYING"&order_by=name')
  t.like(found.body, { totalCount: 1 })
  t.like(found.body.data.rockets[0], { id, name: 'Ariane', status: 'FLYING' })
  const groups = await client.get('/rest/rockets/groupBy?group_by=[{"status":true}]&aggregate=["totalCount"]')
  t.deepEqual(groups.body, [{ groupByDimensionValues: ['FLYING'], totalCount: 1 }])

  const deleted = await client.request('DELETE', `/rest/rockets/${id}?soft_delete=true`)
  t.is(deleted.status, 200)
  t.deepEqual(deleted.body, { data: { deleteRocket: { id } } })
  t.is((await client.get(`/rest/rockets/${id}`)).status, 404)
  const restored = await client.request('PATCH', `/rest/rockets/${id}/restore`)
  t.is(restored.status, 200)
  t.like(restored.body.data.restoreRocket, { id, name: 'Ariane', deletedAt: null })
})
