// Requests to the metadata API, over REST and GraphQL, one test for each numbered example that no other test
// names.

import { randomUUID } from 'node:crypto'
import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type MetadataClient, metadataOf } from '../support/metadata.ts'

let server: TestGateway
let client: Client
let flat: Client
let member: MetadataClient

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  member = metadataOf(await server.client(client.workspace, 'Member'))
  flat = await server.enter()
  await metadataOf(flat).ask('mutation { updateWorkspace(data: { restMetadataFormat: "flat" }) { id } }')
})
test.after.always(() => server?.close())

const ROCKET = {
  nameSingular: 'rocket',
  namePlural: 'rockets',
  labelSingular: 'Rocket',
  labelPlural: 'Rockets',
  icon: 'IconRocket',
  isLabelSyncedWithName: false,
}

/** A workspace of its own with an object in it. */
const withRocket = async () => {
  const own = await server.enter()
  const { status, body } = await own.request('POST', '/rest/metadata/objects', ROCKET)
  return { own, status, object: body.data.createOneObject }
}

test('a list of objects has pages and a count, in either format', async (t) => {
  for (const [caller, listIn] of [
    [client, (data: { objects: unknown }) => data.objects],
    [flat, (data: unknown) => data],
  ] as const) {
    const { status, body } = await caller.get('/rest/metadata/objects')
    t.is(status, 200)
    t.true(Array.isArray(listIn(body.data)))
    t.is(typeof body.totalCount, 'number')
    t.is(typeof body.pageInfo.startCursor, 'string')
    t.is(typeof body.pageInfo.endCursor, 'string')
    t.false(body.pageInfo.hasNextPage)
  }
})

test('each object of a list carries its fields', async (t) => {
  const { body } = await client.get('/rest/metadata/objects?limit=5')
  t.is(body.data.objects.length, 5)
  for (const { fields } of body.data.objects) t.true(fields.length > 0)
})

test('one object comes with its fields', async (t) => {
  const id = await metadataOf(client).objectId('company')
  const { status, body } = await client.get(`/rest/metadata/objects/${id}`)
  t.is(status, 200)
  t.is(body.data.object.id, id)
  t.true(body.data.object.fields.length > 0)
  const bare = await flat.get('/rest/metadata/objects/company')
  t.is(bare.body.nameSingular, 'company')
  t.true(bare.body.fields.length > 0)
})

test('an invalid id is a 400, an unknown one a 404', async (t) => {
  t.is((await client.get('/rest/metadata/objects/not-a-uuid')).status, 400)
  const { status, body } = await client.get(`/rest/metadata/objects/${randomUUID()}`)
  t.is(status, 404)
  t.is(body.statusCode, 404)
})

test('a new object has its default fields already', async (t) => {
  const { status, object } = await withRocket()
  t.is(status, 201)
  t.like(object, { nameSingular: 'rocket', icon: 'IconRocket' })
  const names = object.fields.map(({ name }: { name: string }) => name)
  for (const name of ['id', 'name', 'createdAt', 'updatedAt', 'deletedAt', 'createdBy', 'position'])
    t.true(names.includes(name), name)
})

test('an object needs a name', async (t) => {
  const { status } = await client.request('POST', '/rest/metadata/objects', { ...ROCKET, nameSingular: '' })
  t.is(status, 400)
})

test('PUT changes an object as PATCH does', async (t) => {
  const { own, object } = await withRocket()
  for (const method of ['PATCH', 'PUT']) {
    const { status, body } = await own.request(method, `/rest/metadata/objects/${object.id}`, {
      labelSingular: `By ${method}`,
    })
    t.is(status, 200)
    t.like(body.data.updateOneObject, { labelSingular: `By ${method}`, labelPlural: 'Rockets' })
  }
})

test('a field is made in its object, and is gone when it is deleted', async (t) => {
  const { own, object } = await withRocket()
  const { status, body } = await own.request('POST', '/rest/metadata/fields', {
    objectMetadataId: object.id,
    type: 'TEXT',
    name: 'engine',
    label: 'Engine',
  })
  t.is(status, 201)
  const { id, objectMetadataId } = body.data.createOneField
  t.is(objectMetadataId, object.id)
  const deleted = await own.request('DELETE', `/rest/metadata/fields/${id}`)
  t.is(deleted.status, 200)
  t.is(deleted.body.data.deleteOneField.id, id)
  t.is((await own.get(`/rest/metadata/fields/${id}`)).status, 404)
})

test('keys are a bare list at the old address, in any format', async (t) => {
  const asked = [
    [client, '/rest/apiKeys'],
    [client, '/rest/metadata/apiKeys'],
    [flat, '/rest/apiKeys'],
  ] as const
  for (const [caller, path] of asked) {
    const { status, body } = await caller.get(path)
    t.is(status, 200, path)
    t.true(Array.isArray(body), path)
  }
})

test('who may not change the model is refused every change of it', async (t) => {
  const objectMetadataId = await metadataOf(client).objectId('company')
  const { object } = await metadataOf(client).ask(
    'query ($id: UUID!) { object(id: $id) { fieldsList { id name } } }',
    { id: objectMetadataId },
  )
  const [{ id: fieldId }] = object.fieldsList
  for (const change of [
    `createOneField(input: { field: { objectMetadataId: "${objectMetadataId}", type: TEXT, name: "x", label: "X" } })`,
    `updateOneField(input: { id: "${fieldId}", update: { label: "X" } })`,
    `deleteOneField(input: { id: "${fieldId}" })`,
    'createOneObject(input: { object: { nameSingular: "x", namePlural: "xs", labelSingular: "X", labelPlural: "Xs" } })',
    `updateOneObject(input: { id: "${objectMetadataId}", update: { labelSingular: "X" } })`,
    `deleteOneObject(input: { id: "${objectMetadataId}" })`,
  ]) {
    const { status, body } = await member.raw(`mutation { ${change} { id } }`)
    t.is(status, 200)
    t.is(body.data, null)
    t.is(body.errors[0].message, 'Entity performing the request does not have permission')
    t.is(body.errors[0].extensions.code, 'FORBIDDEN')
    t.is(body.errors[0].extensions.hint, 'Your role would need the flag DATA_MODEL.')
  }
})

test('fields of some types are not made by callers', async (t) => {
  const objectMetadataId = await metadataOf(client).objectId('company')
  for (const [type, message] of [
    ['NUMERIC', 'Field type NUMERIC is not supported for field creation. Use NUMBER instead.'],
    ['POSITION', 'Field type POSITION must be named "position"'],
    ['TS_VECTOR', 'TS Vector is not supported for field creation'],
  ]) {
    const { extensions } = await metadataOf(client).refused(
      `mutation ($id: UUID!) { createOneField(input: { field: { objectMetadataId: $id, type: ${type}, name: "x", label: "X" } }) { id } }`,
      { id: objectMetadataId },
    )
    t.is(extensions.code, 'METADATA_VALIDATION_FAILED')
    t.is(extensions.errors.fieldMetadata[0].errors[0].message, message)
  }
})
