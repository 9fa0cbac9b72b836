import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type MetadataClient, metadataOf } from '../support/metadata.ts'

let server: TestGateway

const enter = async (): Promise<{ client: Client; metadata: MetadataClient }> => {
  const client = await server.enter()
  return { client, metadata: metadataOf(client) }
}

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

test('an object, a field and its first records, as a checklist of the contract has them', async (t) => {
  const { client, metadata } = await enter()
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
  t.like(created.body.data.createRocket, { name: 'Ariane', status: 'FLYING', position: 1 })
  const found = await client.get('/rest/rockets?filter=status[eq]:"FLYING"&order_by=name')
  t.is(found.status, 200)
  t.like(found.body, { totalCount: 1 })
  t.is(found.body.data.rockets[0].name, 'Ariane')
  const { id } = created.body.data.createRocket
  const deleted = await client.request('DELETE', `/rest/rockets/${id}?soft_delete=true`)
  t.deepEqual(deleted.body, { data: { deleteRocket: { id } } })
  const { body } = await client.graphql('{ rockets { totalCount } }')
  t.deepEqual(body.data, { rockets: { totalCount: 0 } })
})

test('a new object comes with its fields, and its answer shows them', async (t) => {
  const { metadata } = await enter()
  const { createOneObject: object } = await metadata.ask(
    `mutation { createOneObject(input: { object: { nameSingular: "satellite", namePlural: "satellites", labelSingular: "satellite", labelPlural: "satellites", icon: "IconSatellite", description: "Flies" } }) {
      id nameSingular labelSingular labelPlural icon description isCustom isActive isSystem labelIdentifierFieldMetadataId
      fieldsList { id name type isSystem relation { type targetObjectMetadata { nameSingular } targetFieldMetadata { name type } } } } }`,
  )
  t.like(object, {
    nameSingular: 'satellite',
    labelSingular: 'Satellite',
    icon: 'IconSatellite',
    description: 'Flies',
    isCustom: true,
    isActive: true,
    isSystem: false,
  })
  const fields = new Map<string, Record<string, unknown>>(
    object.fieldsList.map((field: { name: string }) => [field.name, field]),
  )
  for (const name of [
    'id',
    'createdAt',
    'updatedAt',
    'deletedAt',
    'createdBy',
    'position',
    'searchVector',
    'name',
  ])
    t.true(fields.has(name), name)
  t.is(fields.get('name')?.id, object.labelIdentifierFieldMetadataId)
  for (const name of ['timelineActivities', 'attachments', 'noteTargets', 'taskTargets'])
    t.like(fields.get(name), { type: 'RELATION', relation: { type: 'ONE_TO_MANY' } }, name)
})

test('labels, icons and names of objects and fields are changed, and both APIs follow', async (t) => {
  const { client, metadata } = await enter()
  const objectId = await metadata.createObject('rocket')
  const fieldId = await metadata.createField({
    objectMetadataId: objectId,
    type: 'NUMBER',
    name: 'thrust',
    label: 'Thrust',
  })
  const { body } = await client.request('POST', '/rest/rockets', { name: 'Ariane', thrust: 12 })
  const { id } = body.data.createRocket
  const { updateOneField } = await metadata.ask(
    'mutation ($id: UUID!) { updateOneField(input: { id: $id, update: { name: "power", label: "Power", icon: "IconBolt", description: "In kN" } }) { id name label icon description } }',
    { id: fieldId },
  )
  t.deepEqual(updateOneField, {
    id: fieldId,
    name: 'power',
    label: 'Power',
    icon: 'IconBolt',
    description: 'In kN',
  })
  const { updateOneObject } = await metadata.ask(
    'mutation ($id: UUID!) { updateOneObject(input: { id: $id, update: { nameSingular: "launcher", namePlural: "launchers", labelSingular: "Launcher", labelPlural: "Launchers" } }) { id nameSingular labelPlural } }',
    { id: objectId },
  )
  t.deepEqual(updateOneObject, { id: objectId, nameSingular: 'launcher', labelPlural: 'Launchers' })
  t.like((await client.get(`/rest/launchers/${id}`)).body.data.launcher, { name: 'Ariane', power: 12 })
  t.is((await client.get('/rest/rockets')).status, 404)
  const graphql = await client.graphql('{ launchers { edges { node { power } } } }')
  t.deepEqual(graphql.body.data.launchers.edges, [{ node: { power: 12 } }])
})

test('several objects are updated by one mutation', async (t) => {
  const { metadata } = await enter()
  const ids = [await metadata.createObject('rocket'), await metadata.createObject('engine')]
  const { updateManyObjects } = await metadata.ask(
    'mutation ($inputs: [UpdateOneObjectInput!]!) { updateManyObjects(inputs: $inputs) { id icon } }',
    { inputs: ids.map((id, n) => ({ id, update: { icon: `Icon${n}` } })) },
  )
  t.deepEqual(updateManyObjects, [
    { id: ids[0], icon: 'Icon0' },
    { id: ids[1], icon: 'Icon1' },
  ])
})

test('of several updates of objects all are done or none, and each sees those before it', async (t) => {
  const { metadata } = await enter()
  const rocket = await metadata.createObject('rocket')
  const engine = await metadata.createObject('engine')
  const called = (nameSingular: string) => ({ nameSingular, namePlural: `${nameSingular}s` })
  const update =
    'mutation ($inputs: [UpdateOneObjectInput!]!) { updateManyObjects(inputs: $inputs) { nameSingular } }'
  await metadata.refused(update, {
    inputs: [
      { id: rocket, update: called('launcher') },
      { id: engine, update: called('person') },
    ],
  })
  t.is(await metadata.objectId('rocket'), rocket)
  // The name is free once the first has given it away.
  const { updateManyObjects } = await metadata.ask(update, {
    inputs: [
      { id: rocket, update: called('launcher') },
      { id: engine, update: called('rocket') },
    ],
  })
  t.deepEqual(updateManyObjects, [{ nameSingular: 'launcher' }, { nameSingular: 'rocket' }])
  t.is(await metadata.objectId('rocket'), engine)
})

test('a relation is described from both of its ends', async (t) => {
  const { metadata } = await enter()
  const rocket = await metadata.createObject('rocket')
  const person = await metadata.objectId('person')
  const { createOneField: field } = await metadata.ask(
    `mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input) { id name type settings relation { type
      sourceObjectMetadata { id } targetObjectMetadata { id nameSingular } sourceFieldMetadata { id name }
      targetFieldMetadata { name label type relation { type targetFieldMetadata { id } } } } } }`,
    {
      input: {
        field: {
          objectMetadataId: rocket,
          type: 'RELATION',
          name: 'owner',
          label: 'Owner',
          relationCreationPayload: {
            targetObjectMetadataId: person,
            targetFieldLabel: 'Rockets',
            targetFieldIcon: 'IconRocket',
            type: 'MANY_TO_ONE',
          },
        },
      },
    },
  )
  t.like(field, {
    name: 'owner',
    type: 'RELATION',
    settings: { relationType: 'MANY_TO_ONE', onDelete: 'SET_NULL', joinColumnName: 'ownerId' },
    relation: {
      type: 'MANY_TO_ONE',
      sourceObjectMetadata: { id: rocket },
      targetObjectMetadata: { id: person, nameSingular: 'person' },
      sourceFieldMetadata: { id: field.id, name: 'owner' },
      targetFieldMetadata: {
        name: 'rockets',
        label: 'Rockets',
        relation: { type: 'ONE_TO_MANY', targetFieldMetadata: { id: field.id } },
      },
    },
  })
})

test('an index is made and dropped', async (t) => {
  const { metadata } = await enter()
  const objectMetadataId = await metadata.createObject('rocket')
  const fieldMetadataId = await metadata.createField({
    objectMetadataId,
    type: 'NUMBER',
    name: 'thrust',
    label: 'Thrust',
  })
  const { createOneIndex: index } = await metadata.ask(
    'mutation ($input: CreateOneIndexInput!) { createOneIndex(input: $input) { id name isCustom isUnique isValid indexType indexFieldMetadataList { fieldMetadataId order } } }',
    { input: { index: { objectMetadataId, fields: [{ fieldMetadataId }], indexType: 'BTREE' } } },
  )
  t.like(index, { isCustom: true, isUnique: false, isValid: true, indexType: 'BTREE' })
  t.is(index.indexFieldMetadataList[0].fieldMetadataId, fieldMetadataId)
  const { deleteOneIndex } = await metadata.ask(
    'mutation ($id: UUID!) { deleteOneIndex(input: { id: $id }) { id } }',
    { id: index.id },
  )
  t.is(deleteOneIndex.id, index.id)
})

test('a deletion returns the thing as it was, and it is gone', async (t) => {
  const { client, metadata } = await enter()
  const objectMetadataId = await metadata.createObject('rocket')
  const id = await metadata.createField({ objectMetadataId, type: 'TEXT', name: 'motto', label: 'Motto' })
  t.deepEqual(
    await metadata.ask('mutation ($id: UUID!) { deleteOneField(input: { id: $id }) { id name label } }', {
      id,
    }),
    { deleteOneField: { id, name: 'motto', label: 'Motto' } },
  )
  t.is(
    (await metadata.refused('query ($id: UUID!) { field(id: $id) { id } }', { id })).extensions.code,
    'NOT_FOUND',
  )
  t.is((await client.request('POST', '/rest/rockets', { motto: 'x' })).status, 400)
  const { deleteOneObject } = await metadata.ask(
    'mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id nameSingular } }',
    { id: objectMetadataId },
  )
  t.deepEqual(deleteOneObject, { id: objectMetadataId, nameSingular: 'rocket' })
  t.is((await client.get('/rest/rockets')).status, 404)
})

test('an inactive field is out of both APIs, and its values are there again when it comes back', async (t) => {
  const { client, metadata } = await enter()
  const objectMetadataId = await metadata.createObject('rocket')
  const id = await metadata.createField({ objectMetadataId, type: 'TEXT', name: 'motto', label: 'Motto' })
  const { body } = await client.request('POST', '/rest/rockets', { motto: 'Up' })
  const switchTo = (isActive: boolean) =>
    metadata.ask(
      'mutation ($id: UUID!, $isActive: Boolean) { updateOneField(input: { id: $id, update: { isActive: $isActive } }) { isActive } }',
      { id, isActive },
    )
  const read = async () => (await client.get(`/rest/rockets/${body.data.createRocket.id}`)).body.data.rocket
  t.deepEqual(await switchTo(false), { updateOneField: { isActive: false } })
  t.false('motto' in (await read()))
  t.deepEqual(await switchTo(true), { updateOneField: { isActive: true } })
  t.is((await read()).motto, 'Up')
})

test('a dry run lists what would be done and does nothing', async (t) => {
  const { client, metadata } = await enter()
  const objectMetadataId = await metadata.createObject('rocket')
  const before = (await metadata.ask('{ currentWorkspace { metadataVersion } }')).currentWorkspace
    .metadataVersion
  const { body } = await metadata.raw(
    'mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input, dryRun: true) { name type } }',
    { input: { field: { objectMetadataId, type: 'TEXT', name: 'motto', label: 'Motto' } } },
  )
  t.deepEqual(body.data, { createOneField: { name: 'motto', type: 'TEXT' } }, JSON.stringify(body))
  const { statements, locks, rows } = body.extensions.dryRun
  t.true(
    statements.some((statement: string) => /alter table .*rocket.* add column .*motto/is.test(statement)),
  )
  t.true(Array.isArray(locks) && Array.isArray(rows))
  const after = (await metadata.ask('{ currentWorkspace { metadataVersion } }')).currentWorkspace
    .metadataVersion
  t.is(after, before)
  t.is((await client.request('POST', '/rest/rockets', { motto: 'x' })).status, 400)
})

test('a dry run of a deletion counts the records that go, and the records that lose a value', async (t) => {
  const { client, metadata } = await enter()
  const id = await metadata.createObject('rocket')
  const company = await metadata.objectId('company')
  await metadata.createField({
    objectMetadataId: company,
    type: 'RELATION',
    name: 'flagship',
    label: 'Flagship',
    relationCreationPayload: {
      targetObjectMetadataId: id,
      targetFieldLabel: 'Owners',
      targetFieldIcon: 'IconX',
      type: 'MANY_TO_ONE',
    },
  })
  await client.request('POST', '/rest/batch/rockets', [{ name: 'a' }, { name: 'b' }, { name: 'c' }])
  await client.request('POST', '/rest/companies', { name: 'x' })
  await server.gateway.pool.query('analyze')
  const dryRunOf = async (mutation: string) =>
    (await metadata.raw(`mutation { ${mutation} { id } }`)).body.extensions.dryRun
  const { rows } = await dryRunOf(`deleteOneObject(input: { id: "${id}" }, dryRun: true)`)
  t.deepEqual(rows, [
    { table: 'company', effect: 'clear', count: 1 },
    { table: 'rocket', effect: 'delete', count: 3 },
  ])
  const { body } = await client.request('DELETE', '/rest/metadata/fields/company.flagship?dry_run=true')
  t.deepEqual(body.dryRun.rows, [{ table: 'company', effect: 'clear', count: 1 }])
  t.is((await client.get('/rest/rockets')).body.totalCount, 3)
})

test('faults of an input come in the structure of the contract', async (t) => {
  const { metadata } = await enter()
  const objectMetadataId = await metadata.createObject('rocket')
  const create = 'mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input) { id } }'
  const tooLong = 'a'.repeat(64)
  const { status, body } = await metadata.raw(create, {
    input: { field: { objectMetadataId, type: 'TEXT', name: tooLong, label: 'Long' } },
  })
  t.is(status, 200)
  t.is(body.data, null)
  const [error] = body.errors
  t.is(error.message, 'Multiple validation errors occurred while creating field')
  t.like(error.extensions, {
    code: 'METADATA_VALIDATION_FAILED',
    userFriendlyMessage: 'Name is too long',
    message: 'Validation failed for 1 fieldMetadata',
    summary: { totalErrors: 1, fieldMetadata: 1 },
  })
  const [fault] = error.extensions.errors.fieldMetadata
  t.like(fault, { type: 'create', status: 'fail', metadataName: 'fieldMetadata' })
  t.like(fault.errors[0], { code: 'INVALID_FIELD_INPUT', message: 'Name is too long' })
})

test('types that cannot be created are refused with the reason', async (t) => {
  const { metadata } = await enter()
  const objectMetadataId = await metadata.createObject('rocket')
  const create = 'mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input) { id } }'
  const refusals: readonly (readonly [type: string, message: RegExp])[] = [
    ['NUMERIC', /NUMERIC is not supported for field creation\. Use NUMBER instead\./],
    ['TS_VECTOR', /TS Vector is not supported for field creation/],
    ['POSITION', /must be/],
    ['FILES', /FILES/i],
  ]
  for (const [type, message] of refusals) {
    const error = await metadata.refused(create, {
      input: { field: { objectMetadataId, type, name: 'refused', label: 'Refused' } },
    })
    t.regex(JSON.stringify(error.extensions), message, type)
  }
})

test('unsupported properties are refused, and their default values are accepted', async (t) => {
  const { metadata } = await enter()
  const id = await metadata.createObject('rocket')
  const update =
    'mutation ($id: UUID!, $update: UpdateObjectPayload!) { updateOneObject(input: { id: $id, update: $update }) { icon readability } }'
  const error = await metadata.refused(update, { id, update: { icon: 'IconX', readability: 'PRIVATE' } })
  t.regex(error.message, /"readability" cannot be set to "PRIVATE"/)
  t.deepEqual(
    await metadata.ask(update, { id, update: { icon: 'IconY', readability: 'OPEN', translations: [] } }),
    {
      updateOneObject: { icon: 'IconY', readability: 'OPEN' },
    },
  )
})

test('a field moves neither to another object nor into the search, and can be sent back as it was read', async (t) => {
  const { client, metadata } = await enter()
  const rocket = await metadata.createObject('rocket')
  const person = await metadata.objectId('person')
  const motto = { objectMetadataId: rocket, type: 'TEXT', name: 'motto', label: 'Motto' }
  const create = 'mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input) { id } }'
  const update =
    'mutation ($id: UUID!, $update: UpdateFieldInput!) { updateOneField(input: { id: $id, update: $update }) { label isSearchable } }'
  const unsearched = await metadata.refused(create, { input: { field: { ...motto, isSearchable: true } } })
  t.regex(JSON.stringify(unsearched.extensions.errors), /isSearchable cannot be set to true/)
  const id = await metadata.createField({ ...motto, isSearchable: false })
  const refusals: readonly (readonly [change: object, message: RegExp])[] = [
    [{ label: 'Other', objectMetadataId: person }, /cannot be moved to another object: objectMetadataId/],
    [{ label: 'Other', isSearchable: true }, /isSearchable cannot be set to true/],
  ]
  for (const [change, message] of refusals) {
    const error = await metadata.refused(update, { id, update: change })
    t.is(error.extensions.code, 'METADATA_VALIDATION_FAILED')
    t.regex(JSON.stringify(error.extensions.errors), message)
  }
  t.deepEqual(
    await metadata.ask(update, {
      id,
      update: { label: 'Creed', objectMetadataId: rocket, isSearchable: false },
    }),
    { updateOneField: { label: 'Creed', isSearchable: false } },
  )
  const named = await client.request('PATCH', '/rest/metadata/fields/rocket.name', { isSearchable: false })
  t.is(named.status, 400)
  const kept = await client.request('PATCH', '/rest/metadata/fields/rocket.name', {
    isSearchable: true,
    label: 'Name',
  })
  t.is(kept.status, 200, kept.text)
})

test('one change gives an object another name and another field that names its records', async (t) => {
  const { client, metadata } = await enter()
  const id = await metadata.createObject('rocket')
  const code = await metadata.createField({ objectMetadataId: id, type: 'TEXT', name: 'code', label: 'Code' })
  await client.request('POST', '/rest/rockets', { name: 'Ariane', code: 'Zephyr' })
  await metadata.ask(
    'mutation ($id: UUID!, $update: UpdateObjectPayload!) { updateOneObject(input: { id: $id, update: $update }) { id } }',
    { id, update: { nameSingular: 'ship', namePlural: 'ships', labelIdentifierFieldMetadataId: code } },
  )
  const { body } = await client.graphql(
    '{ search(searchInput: "zeph", limit: 5) { edges { node { label objectNameSingular } } } }',
  )
  t.deepEqual(body.data.search.edges, [{ node: { label: 'Zephyr', objectNameSingular: 'ship' } }])
})

test('search follows the model: whether an object is searched, and its label identifier', async (t) => {
  const { client, metadata } = await enter()
  const company = await metadata.objectId('company')
  await client.request('POST', '/rest/companies', { name: 'Zephyr' })
  const update = (change: object) =>
    metadata.ask(
      'mutation ($id: UUID!, $update: UpdateObjectPayload!) { updateOneObject(input: { id: $id, update: $update }) { isSearchable } }',
      { id: company, update: change },
    )
  const found = async () =>
    (
      await client.graphql(
        '{ search(searchInput: "zeph", limit: 5) { edges { node { objectLabelSingular } } } }',
      )
    ).body.data.search.edges
  t.deepEqual(await found(), [{ node: { objectLabelSingular: 'Company' } }])
  await update({ labelSingular: 'Firm' })
  t.deepEqual(await found(), [{ node: { objectLabelSingular: 'Firm' } }])
  t.deepEqual(await update({ isSearchable: false }), { updateOneObject: { isSearchable: false } })
  t.deepEqual(await found(), [])
  await update({ isSearchable: true })
  t.is((await found()).length, 1)
})

test('a standard object cannot be deleted', async (t) => {
  const { client, metadata } = await enter()
  const error = await metadata.refused(
    'mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }',
    {
      id: await metadata.objectId('company'),
    },
  )
  t.regex(JSON.stringify(error), /Standard objects cannot be deleted/)
  t.is((await client.get('/rest/companies')).status, 200)
})

test('a role that only reads may look at the model and change nothing of it', async (t) => {
  const { client, metadata } = await enter()
  const guest = metadataOf(await server.client(client.workspace, 'Guest'))
  const id = await metadata.createObject('rocket')
  const fieldId = await metadata.createField({
    objectMetadataId: id,
    type: 'TEXT',
    name: 'motto',
    label: 'Motto',
  })
  const object = '{ nameSingular: "spy", namePlural: "spies", labelSingular: "Spy", labelPlural: "Spies" }'
  const field = `{ objectMetadataId: "${id}", type: TEXT, name: "spy", label: "Spy" }`
  const mutations = [
    `createOneObject(input: { object: ${object} })`,
    `createOneObject(input: { object: ${object} }, dryRun: true)`,
    `updateOneObject(input: { id: "${id}", update: { icon: "IconSpy" } })`,
    `deleteOneObject(input: { id: "${id}" })`,
    `createOneField(input: { field: ${field} })`,
    `updateOneField(input: { id: "${fieldId}", update: { icon: "IconSpy" } })`,
    `deleteOneField(input: { id: "${fieldId}" })`,
    `createOneIndex(input: { index: { objectMetadataId: "${id}", fields: [{ fieldMetadataId: "${fieldId}" }], indexType: BTREE } })`,
  ]
  for (const mutation of mutations) {
    const { status, body } = await guest.raw(`mutation { ${mutation} { id } }`)
    t.is(status, 200, mutation)
    t.is(body.data, null, mutation)
    t.like(body.errors[0], {
      message: 'Entity performing the request does not have permission',
      extensions: { code: 'FORBIDDEN' },
    })
  }
  t.is(await guest.objectId('rocket'), id)
})

test('the model of one workspace is out of reach of another', async (t) => {
  const { metadata } = await enter()
  const other = (await enter()).metadata
  const id = await metadata.createObject('rocket')
  t.is((await other.refused(`{ object(id: "${id}") { id } }`)).extensions.code, 'NOT_FOUND')
  const error = await other.refused(`mutation { deleteOneObject(input: { id: "${id}" }) { id } }`)
  t.is(error.extensions.code, 'NOT_FOUND')
  t.is(await metadata.objectId('rocket'), id)
})
