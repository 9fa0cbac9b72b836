import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

let server: TestGateway
let standard: Client

const ROCKET = {
  nameSingular: 'rocket',
  namePlural: 'rockets',
  labelSingular: 'Rocket',
  labelPlural: 'Rockets',
  icon: 'IconRocket',
  isLabelSyncedWithName: false,
}
const UNKNOWN = '0190a000-0000-7000-8000-000000000000'

const createRocket = async (client: Client): Promise<string> =>
  (await client.request('POST', '/rest/metadata/objects', ROCKET)).body.data.createOneObject.id

test.before(async () => {
  server = await startTestGateway()
  standard = await server.enter()
})
test.after.always(() => server?.close())

for (const collection of ['objects', 'fields'])
  test(`GET ${collection} answers a page in the legacy envelope`, async (t) => {
    const { status, body } = await standard.get(`/rest/metadata/${collection}?limit=5`)
    t.is(status, 200)
    const list = body.data[collection]
    t.is(list.length, 5)
    t.true(body.totalCount >= 5)
    t.deepEqual(body.pageInfo, {
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: list[0].id,
      endCursor: list[4].id,
    })
    if (collection === 'objects') for (const object of list) t.true(object.fields.length > 0)
  })

test('pages are walked forwards and backwards by ids', async (t) => {
  const all = (await standard.get('/rest/metadata/objects?limit=1000')).body.data.objects.map(
    ({ id }: { id: string }) => id,
  )
  t.deepEqual(all, all.toSorted().toReversed())
  const ids = async (query: string) =>
    (await standard.get(`/rest/metadata/objects?${query}`)).body.data.objects.map(
      ({ id }: { id: string }) => id,
    )
  t.deepEqual(await ids(`limit=3&starting_after=${all[1]}`), all.slice(2, 5))
  t.deepEqual(await ids(`limit=2&ending_before=${all[4]}`), all.slice(2, 4))
  const { body } = await standard.get(
    `/rest/metadata/objects?starting_after=${all[0]}&ending_before=${all[1]}`,
  )
  t.deepEqual(body.messages, ["'starting_after' and 'ending_before' cannot be used together."])
  t.is((await standard.get('/rest/metadata/objects?starting_after=nonsense')).status, 400)
  t.is((await standard.get('/rest/metadata/objects?limit=many')).status, 400)
  t.is((await standard.get('/rest/metadata/objects?whatever=1')).status, 200)
})

test('a list can be limited to one object’s fields, and to active or inactive ones', async (t) => {
  const client = await server.enter()
  const meta = metadataOf(client)
  const objectMetadataId = await meta.createObject('rocket')
  const field = await meta.createField({ objectMetadataId, type: 'TEXT', name: 'motto', label: 'Motto' })
  await client.request('PATCH', `/rest/metadata/fields/${field}`, { isActive: false })
  const list = async (query: string) => (await client.get(`/rest/metadata/${query}`)).body
  const all = await list(`fields?objectMetadataId=${objectMetadataId.toUpperCase()}&limit=1000`)
  t.true(all.data.fields.length > 5)
  t.is(all.totalCount, all.data.fields.length)
  t.true(
    all.data.fields.every((each: { objectMetadataId: string }) => each.objectMetadataId === objectMetadataId),
  )
  const off = await list(`fields?objectMetadataId=${objectMetadataId}&isActive=false`)
  t.deepEqual(
    off.data.fields.map(({ name }: { name: string }) => name),
    ['motto'],
  )
  t.is(
    (await list(`fields?objectMetadataId=${objectMetadataId}&isActive=true`)).totalCount,
    all.totalCount - 1,
  )
  const first = await list(`fields?objectMetadataId=${objectMetadataId}&limit=2`)
  const second = await list(
    `fields?objectMetadataId=${objectMetadataId}&limit=2&starting_after=${first.pageInfo.endCursor}`,
  )
  t.deepEqual(
    [...first.data.fields, ...second.data.fields].map(({ id }: { id: string }) => id),
    all.data.fields.slice(0, 4).map(({ id }: { id: string }) => id),
  )
  await client.request('PATCH', `/rest/metadata/objects/${objectMetadataId}`, { isActive: false })
  t.deepEqual(
    (await list('objects?isActive=false')).data.objects.map(({ id }: { id: string }) => id),
    [objectMetadataId],
  )
  t.is((await list(`fields?objectMetadataId=${UNKNOWN}`)).totalCount, 0)
  t.is((await client.get('/rest/metadata/fields?objectMetadataId=rocket')).status, 400)
  t.is((await client.get('/rest/metadata/fields?isActive=maybe')).status, 400)
})

test('one object is found by its id and by either of its names', async (t) => {
  const id = await metadataOf(standard).objectId('company')
  for (const key of [id, 'company', 'companies']) {
    const { status, body } = await standard.get(`/rest/metadata/objects/${key}`)
    t.is(status, 200)
    t.like(body.data.object, { id, nameSingular: 'company', isCustom: false })
    t.true(body.data.object.fields.some(({ name }: { name: string }) => name === 'annualRevenue'))
  }
})

test('one field is found by its id and by its name in its object', async (t) => {
  const { body } = await standard.get('/rest/metadata/fields/person.company')
  t.like(body.data.field, { name: 'company', type: 'RELATION' })
  t.like(body.data.field.relation, {
    type: 'MANY_TO_ONE',
    targetObjectMetadata: { nameSingular: 'company' },
    targetFieldMetadata: { name: 'people' },
  })
  const { body: byId } = await standard.get(`/rest/metadata/fields/${body.data.field.id}`)
  t.deepEqual(byId, body)
})

test('an invalid id is a 400, an unknown one a 404, another method a 405', async (t) => {
  for (const collection of ['objects', 'fields']) {
    t.is((await standard.get(`/rest/metadata/${collection}/not-an-id`)).status, 400)
    for (const key of [UNKNOWN, 'nothing']) {
      const { status, body } = await standard.get(`/rest/metadata/${collection}/${key}`)
      t.is(status, 404)
      t.like(body, { statusCode: 404, error: 'NotFoundException' })
    }
    t.is((await standard.request('PATCH', `/rest/metadata/${collection}/${UNKNOWN}`, {})).status, 404)
    t.is((await standard.request('DELETE', `/rest/metadata/${collection}/${UNKNOWN}`)).status, 404)
    const wrong = await standard.request('DELETE', `/rest/metadata/${collection}`)
    t.is(wrong.status, 405)
    t.is(wrong.headers.get('allow'), 'GET, HEAD, POST, OPTIONS')
  }
  t.is((await standard.get('/rest/metadata/pageLayouts')).status, 404)
  t.is((await standard.get('/rest/metadata')).status, 404)
})

test('an object is created, changed by PATCH and PUT alike, and deleted', async (t) => {
  const client = await server.enter()
  const { status, body } = await client.request('POST', '/rest/metadata/objects', ROCKET)
  t.is(status, 201)
  const { id, fields } = body.data.createOneObject
  t.like(body.data.createOneObject, ROCKET)
  for (const name of ['id', 'name', 'createdAt', 'searchVector'])
    t.true(fields.some((field: { name: string }) => field.name === name))
  const patched = await client.request('PATCH', `/rest/metadata/objects/${id}`, { labelSingular: 'Launcher' })
  t.is(patched.status, 200)
  t.like(patched.body.data.updateOneObject, { id, labelSingular: 'Launcher', labelPlural: 'Rockets' })
  const put = await client.request('PUT', '/rest/metadata/objects/rockets', { id, labelPlural: 'Launchers' })
  t.like(put.body.data.updateOneObject, { id, labelSingular: 'Launcher', labelPlural: 'Launchers' })
  t.is((await client.get('/rest/rockets')).status, 200)
  const deleted = await client.request('DELETE', `/rest/metadata/objects/${id}`)
  t.is(deleted.status, 200)
  t.is(deleted.body.data.deleteOneObject.id, id)
  t.is((await client.get(`/rest/metadata/objects/${id}`)).status, 404)
  t.is((await client.get('/rest/rockets')).status, 404)
})

test('a field is created, changed and deleted', async (t) => {
  const client = await server.enter()
  const objectMetadataId = await createRocket(client)
  const created = await client.request('POST', '/rest/metadata/fields', {
    objectMetadataId,
    type: 'TEXT',
    name: 'motto',
    label: 'Motto',
  })
  t.is(created.status, 201)
  const { id } = created.body.data.createOneField
  t.like(created.body.data.createOneField, { objectMetadataId, name: 'motto', type: 'TEXT', isCustom: true })
  t.is((await client.request('POST', '/rest/rockets', { motto: 'Up' })).body.data.createRocket.motto, 'Up')
  const changed = await client.request('PATCH', `/rest/metadata/fields/${id}`, { label: 'Slogan' })
  t.like(changed.body.data.updateOneField, { id, label: 'Slogan' })
  const deleted = await client.request('DELETE', `/rest/metadata/fields/${id}`)
  t.is(deleted.status, 200)
  t.is(deleted.body.data.deleteOneField.id, id)
  t.is((await client.get(`/rest/metadata/fields/${id}`)).status, 404)
})

test('bodies are checked as GraphQL checks its inputs', async (t) => {
  const client = await server.enter()
  const post = (body: unknown) => client.request('POST', '/rest/metadata/objects', body)
  t.is((await post({ nameSingular: '' })).status, 400)
  t.is((await post([ROCKET])).status, 400)
  const { status, body } = await post({ ...ROCKET, nameSingular: 1, colour: 'red' })
  t.is(status, 400)
  t.regex(body.messages.join('\n'), /nameSingular: String cannot represent/)
  t.regex(body.messages.join('\n'), /"colour" is not defined by type "CreateObjectInput"/)
  const invalid = await post({ ...ROCKET, nameSingular: 'Not valid' })
  t.is(invalid.status, 400)
  t.like(invalid.body, {
    statusCode: 400,
    error: 'METADATA_VALIDATION_ERROR',
    summary: { objectMetadata: 1 },
  })
  t.true(invalid.body.errors.objectMetadata.length > 0)
  t.is((await client.get('/rest/metadata/objects/rocket')).status, 404)
})

test('a dry run answers with the plan, 200, and changes nothing', async (t) => {
  const client = await server.enter()
  const { status, body } = await client.request('POST', '/rest/metadata/objects?dry_run=true', ROCKET)
  t.is(status, 200)
  t.like(body.data.createOneObject, { nameSingular: 'rocket' })
  t.true(body.dryRun.statements.some((statement: string) => /create table/i.test(statement)))
  t.is((await client.get('/rest/metadata/objects/rocket')).status, 404)
  await createRocket(client)
  const deletion = await client.request('DELETE', '/rest/metadata/fields/rocket.name?dry_run=true')
  t.is(deletion.status, 400, 'a label identifier stays')
  const object = await client.request('DELETE', '/rest/metadata/objects/rocket?dry_run=true')
  t.is(object.status, 200)
  t.true(object.body.dryRun.statements.some((statement: string) => /drop table/i.test(statement)))
  t.is((await client.get('/rest/rockets')).status, 200)
})

test('a workspace that wants it flat gets no envelopes', async (t) => {
  const client = await server.enter()
  await metadataOf(client).ask('mutation { updateWorkspace(data: { restMetadataFormat: "flat" }) { id } }')
  const list = await client.get('/rest/metadata/objects?limit=2')
  t.is(list.body.data.length, 2)
  t.is(list.body.pageInfo.endCursor, list.body.data[1].id)
  t.is((await client.get('/rest/metadata/objects/company')).body.nameSingular, 'company')
  const created = await client.request('POST', '/rest/metadata/objects', ROCKET)
  t.is(created.status, 201)
  t.is(created.body.nameSingular, 'rocket')
})

test('a role that only reads is refused with 403', async (t) => {
  const client = await server.enter()
  const guest = await server.client(client.workspace, 'Guest')
  const { status, body } = await guest.request('POST', '/rest/metadata/objects', ROCKET)
  t.is(status, 403)
  t.deepEqual(body.messages, [
    'Entity performing the request does not have permission',
    'Your role would need the flag DATA_MODEL.',
  ])
  t.is((await guest.get('/rest/metadata/objects')).status, 200)
})
