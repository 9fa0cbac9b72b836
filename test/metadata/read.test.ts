import test from 'ava'
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'postgraphile/graphql'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type MetadataClient, metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'

let server: TestGateway
let client: Client
let metadata: MetadataClient

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  metadata = metadataOf(client)
})
test.after.always(() => server?.close())

interface Edges<T> {
  readonly edges: readonly { readonly node: T }[]
}
// biome-ignore lint/suspicious/noExplicitAny: nodes are what tests look into.
const nodesOf = (connection: Edges<any>) => connection.edges.map(({ node }) => node)

test("a connector's question for the whole schema is answered verbatim", async (t) => {
  const { objects } = await metadata.ask(
    `query { objects(paging: {first: 1000}, filter: {isActive: {is: true}}) { edges { node {
      nameSingular namePlural labelSingular
      fields(paging: {first: 1000}, filter: {isActive: {is: true}}) { edges { node {
        type name label description isNullable defaultValue options } } } } } } }`,
  )
  const company = nodesOf(objects).find(({ nameSingular }) => nameSingular === 'company')
  t.like(company, { namePlural: 'companies', labelSingular: 'Company' })
  const fields = new Map(nodesOf(company.fields).map((field) => [field.name, field]))
  t.like(fields.get('name'), { type: 'TEXT', label: 'Name' })
  t.like(fields.get('annualRevenue'), { type: 'CURRENCY' })
  t.like(fields.get('people'), { type: 'RELATION' })
  const opportunity = nodesOf(objects).find(({ nameSingular }) => nameSingular === 'opportunity')
  const stage = nodesOf(opportunity.fields).find(({ name }) => name === 'stage')
  t.is(stage.type, 'SELECT')
  t.like(stage.options[0], { value: 'NEW', label: 'New', position: 0 })
  t.is(stage.defaultValue, "'NEW'")
})

test('lists may be asked for without arguments, and hold ten then', async (t) => {
  const { objects, fields } = await metadata.ask(
    '{ objects { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } fields { edges { node { id } } } }',
  )
  t.true(objects.edges.length <= 10)
  t.is(objects.pageInfo.startCursor, objects.edges[0].cursor)
  t.is(fields.edges.length, 10)
})

test('pages of fields follow each other to the end without gaps', async (t) => {
  const all = nodesOf(
    (await metadata.ask('{ fields(paging: { first: 1000 }) { edges { node { id } } } }')).fields,
  )
  const seen: string[] = []
  let after: string | null = null
  for (;;) {
    const {
      fields,
    }: { fields: Edges<{ id: string }> & { pageInfo: { hasNextPage: boolean; endCursor: string } } } =
      await metadata.ask(
        'query ($after: ConnectionCursor) { fields(paging: { first: 25, after: $after }) { edges { node { id } } pageInfo { hasNextPage endCursor } } }',
        { after },
      )
    seen.push(...nodesOf(fields).map(({ id }) => id))
    if (!fields.pageInfo.hasNextPage) break
    after = fields.pageInfo.endCursor
  }
  t.deepEqual(
    seen,
    all.map(({ id }) => id),
  )
})

test('an object and a field are found by their ids, with everything linked to them', async (t) => {
  const id = await metadata.objectId('person')
  const { object } = await metadata.ask(
    `query ($id: UUID!) { object(id: $id) { id universalIdentifier isCustom isSystem isRemote isActive isSearchable isUIEditable isUICreatable
      isUIReadOnly openRecordIn readability writability applicationId createdAt updatedAt labelIdentifierFieldMetadataId
      imageIdentifierFieldMetadataId isLabelSyncedWithName duplicateCriteria
      fieldsList { id name type isSearchable } searchFieldMetadataList { fieldMetadataId tsVectorFieldMetadataId position }
      indexMetadataList { id name isUnique indexType indexFieldMetadataList { fieldMetadataId order subFieldName } }
      indexMetadatas(paging: { first: 5 }) { edges { node { id } } } } }`,
    { id },
  )
  t.like(object, { id, isCustom: false, isActive: true, isSearchable: true, openRecordIn: 'SIDE_PANEL' })
  const names = new Map<string, string>(
    object.fieldsList.map((field: { id: string; name: string }) => [field.id, field.name]),
  )
  t.is(names.get(object.labelIdentifierFieldMetadataId), 'name')
  const searched = object.searchFieldMetadataList.map((field: { fieldMetadataId: string }) =>
    names.get(field.fieldMetadataId),
  )
  t.true(searched.includes('name') && searched.includes('emails'))
  t.true(object.indexMetadataList.length > 0)

  const company = object.fieldsList.find(({ name }: { name: string }) => name === 'company')
  const { field } = await metadata.ask(
    `query ($id: UUID!) { field(id: $id) { id name type objectMetadataId settings object { nameSingular } morphRelations { type } relation { type
      sourceObjectMetadata { nameSingular } targetObjectMetadata { nameSingular } sourceFieldMetadata { name } targetFieldMetadata { name } } } }`,
    { id: company.id },
  )
  t.like(field, {
    name: 'company',
    type: 'RELATION',
    objectMetadataId: id,
    object: { nameSingular: 'person' },
    relation: {
      type: 'MANY_TO_ONE',
      sourceObjectMetadata: { nameSingular: 'person' },
      targetObjectMetadata: { nameSingular: 'company' },
      sourceFieldMetadata: { name: 'company' },
      targetFieldMetadata: { name: 'people' },
    },
  })
})

test('fields are filtered by their object', async (t) => {
  const id = await metadata.objectId('note')
  const { fields } = await metadata.ask(
    'query ($id: UUID!) { fields(paging: { first: 1000 }, filter: { objectMetadataId: { eq: $id }, isSystem: { is: false } }) { edges { node { name objectMetadataId isSystem } } } }',
    { id },
  )
  t.true(fields.edges.length > 0)
  t.true(nodesOf(fields).every((field) => field.objectMetadataId === id && field.isSystem === false))
})

test("unknown and invalid ids are refused with the contract's messages", async (t) => {
  const id = '0190a000-0000-7000-8000-000000000000'
  t.like(await metadata.refused(`{ object(id: "${id}") { id } }`), {
    message: 'Object not found',
    extensions: { code: 'NOT_FOUND' },
  })
  t.like(await metadata.refused(`{ field(id: "${id}") { id } }`), { extensions: { code: 'NOT_FOUND' } })
  const malformed = await metadata.raw('query ($id: UUID!) { object(id: $id) { id } }', { id: 'nonsense' })
  t.is(malformed.status, 400)
  t.regex(malformed.body.errors[0].message, /Invalid UUID: 'nonsense'/)
  t.is(
    (await metadata.raw('{ object(id: "nonsense") { id } }')).body.errors[0].extensions.code,
    'GRAPHQL_VALIDATION_FAILED',
  )
  t.is((await metadata.raw('{ nothing')).body.errors[0].extensions.code, 'GRAPHQL_PARSE_FAILED')
  t.regex(
    (await metadata.refused('{ objects(paging: { first: 1001 }) { edges { cursor } } }')).message,
    /1000/,
  )
})

test('a document that walks in circles is refused before it costs much', async (t) => {
  const circle = (depth: number): string =>
    depth === 0 ? 'id' : `fieldsList { object { ${circle(depth - 1)} } }`
  const error = await metadata.refused(
    `{ objects(paging: { first: 1000 }) { edges { node { ${circle(5)} } } } }`,
  )
  t.is(error.extensions.subCode, 'TOO_COMPLEX_QUERY')
})

test('introspection gives a schema that a typed client can be generated from', async (t) => {
  const data: IntrospectionQuery = await metadata.ask(getIntrospectionQuery())
  const schema = buildClientSchema(data)
  t.is(String(schema.getQueryType()?.getFields().objects?.type), 'ObjectConnection!')
  const create = schema.getMutationType()?.getFields().createOneObject
  t.deepEqual(
    create?.args.map((argument) => `${argument.name}: ${argument.type}`),
    ['input: CreateOneObjectInput!', 'dryRun: Boolean'],
  )
})

test('records are counted if the caller may read them', async (t) => {
  await client.request('POST', '/rest/companies', { name: 'Counted' })
  const { objectRecordCounts } = await metadata.ask('{ objectRecordCounts { objectNamePlural totalCount } }')
  t.deepEqual(
    objectRecordCounts.find(
      ({ objectNamePlural }: { objectNamePlural: string }) => objectNamePlural === 'companies',
    ),
    { objectNamePlural: 'companies', totalCount: 1 },
  )
})

test('minimal metadata is the list of objects', async (t) => {
  const { minimalMetadata } = await metadata.ask(
    '{ minimalMetadata { objectMetadataItems { id nameSingular namePlural labelSingular labelPlural icon color isActive isSystem isRemote } } }',
  )
  t.true(
    minimalMetadata.objectMetadataItems.some(
      ({ nameSingular }: { nameSingular: string }) => nameSingular === 'task',
    ),
  )
})

test('tables made by hand are objects with derived labels', async (t) => {
  const own = await server.enter()
  const { schemaName } = own.workspace
  await server.database.pool.query(
    `create table "${schemaName}".delivery_slot (id int generated always as identity primary key, starts_at timestamptz not null)`,
  )
  const find = async () => {
    const { objects } = await metadataOf(own).ask(
      '{ objects(paging: { first: 1000 }, filter: { isCustom: { is: true } }) { edges { node { nameSingular labelSingular isCustom fieldsList { name type isCustom } } } } }',
    )
    return nodesOf(objects).find(({ nameSingular }) => nameSingular === 'deliverySlot')
  }
  let slot = await find()
  await until('the table is an object', async () => {
    slot ??= await find()
    return slot !== undefined
  })
  t.like(slot, { labelSingular: 'Delivery slot', isCustom: true })
  t.true(
    slot.fieldsList.some(
      ({ name, type }: Record<string, string>) => name === 'startsAt' && type === 'DATE_TIME',
    ),
  )
})
