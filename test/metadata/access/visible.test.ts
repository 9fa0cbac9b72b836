import test from 'ava'
import { type Client, startTestGateway } from '../../support/gateway.ts'
import { metadataOf } from '../../support/metadata.ts'

const server = await startTestGateway()
test.after.always(() => server.close())

interface ShownField {
  readonly id: string
  readonly name: string
  readonly relation: { readonly targetObjectMetadata: { readonly nameSingular: string } } | null
  readonly morphRelations:
    | readonly { readonly targetObjectMetadata: { readonly nameSingular: string } }[]
    | null
}
interface ShownObject {
  readonly id: string
  readonly nameSingular: string
  readonly labelIdentifierFieldMetadataId: string | null
  readonly fieldsList: readonly ShownField[]
  readonly indexMetadataList: readonly { readonly name: string }[]
}

const MODEL = `{ objects(paging: { first: 1000 }) { edges { node { id nameSingular labelIdentifierFieldMetadataId
  fieldsList { id name relation { targetObjectMetadata { nameSingular } } morphRelations { targetObjectMetadata { nameSingular } } }
  indexMetadataList { name } } } } }`

const modelOf = async (client: Client): Promise<readonly ShownObject[]> =>
  (await metadataOf(client).ask(MODEL)).objects.edges.map(({ node }: { node: ShownObject }) => node)

const find = <T extends { readonly nameSingular?: string; readonly name?: string }>(
  list: readonly T[],
  name: string,
): T => {
  const found = list.find((each) => each.nameSingular === name || each.name === name)
  if (found === undefined) throw new Error(`There is no ${name}.`)
  return found
}

const restrict = async (admin: Client, label: string) => {
  const metadata = metadataOf(admin)
  const { createOneRole } = await metadata.ask(
    'mutation ($label: String!) { createOneRole(createRoleInput: { label: $label, canReadAllObjectRecords: true }) { id } }',
    { label },
  )
  const model = await modelOf(admin)
  const hide = async (object: string, field: string | null) => {
    const { id, fieldsList } = find(model, object)
    const path = `/rest/metadata/roles/${createOneRole.id}`
    const { status, text } =
      field === null
        ? await admin.request('PUT', `${path}/objectPermissions`, {
            objectPermissions: [{ objectMetadataId: id, canReadObjectRecords: false }],
          })
        : await admin.request('PUT', `${path}/fieldPermissions`, {
            fieldPermissions: [
              { objectMetadataId: id, fieldMetadataId: find(fieldsList, field).id, canReadFieldValue: false },
            ],
          })
    if (status !== 200) throw new Error(text)
  }
  const allow = (flags: readonly string[]) =>
    admin.request('PUT', `/rest/metadata/roles/${createOneRole.id}/permissionFlags`, {
      permissionFlagKeys: flags,
    })
  return { model, hide, allow, client: await server.client(admin.workspace, label) }
}

test('a role sees the objects that it may read, and nothing that leads to the others', async (t) => {
  const admin = await server.enter()
  const { model, hide, client } = await restrict(admin, 'no companies')
  t.deepEqual(await modelOf(client), model, 'who may read everything sees everything')
  await hide('company', null)
  const seen = await modelOf(client)
  t.false(JSON.stringify(seen).includes('"company"'), 'no relation names it')
  t.is(seen.length, model.length - 1)
  const targets = find(find(seen, 'noteTarget').fieldsList, 'target').morphRelations?.map(
    ({ targetObjectMetadata }) => targetObjectMetadata.nameSingular,
  )
  t.deepEqual(targets?.toSorted(), ['opportunity', 'person'])
  const company = find(model, 'company')
  const byId = await metadataOf(client).refused('query ($id: UUID!) { object(id: $id) { id } }', {
    id: company.id,
  })
  t.is(byId.extensions.subCode, 'OBJECT_METADATA_NOT_FOUND')
  const field = find(company.fieldsList, 'name').id
  t.is(
    (await metadataOf(client).refused('query ($id: UUID!) { field(id: $id) { id } }', { id: field }))
      .extensions.code,
    'NOT_FOUND',
  )
  for (const path of ['objects/companies', `objects/${company.id}`, `fields/${field}`, 'fields/company.name'])
    t.is((await client.get(`/rest/metadata/${path}`)).status, 404, path)
  t.false((await client.get('/rest/metadata/fields?limit=1000')).text.includes(company.id))
  const counts = await metadataOf(client).ask(
    '{ objectRecordCounts { objectNamePlural } minimalMetadata { objectMetadataItems { nameSingular } } }',
  )
  t.false(JSON.stringify(counts).includes('compan'))
})

test('a role sees the fields that it may read, and the indexes over these', async (t) => {
  const admin = await server.enter()
  const { model, hide, client } = await restrict(admin, 'no domains')
  await hide('company', 'domainName')
  await hide('company', 'name')
  await hide('person', 'company')
  const seen = await modelOf(client)
  const company = find(seen, 'company')
  const names = company.fieldsList.map(({ name }) => name)
  t.false(names.includes('domainName'))
  t.false(names.includes('name'))
  t.false(names.includes('people'), 'the relation is hidden at both ends')
  t.false(find(seen, 'person').fieldsList.some(({ name }) => name === 'company'))
  t.is(company.labelIdentifierFieldMetadataId, null)
  t.true(company.indexMetadataList.length < find(model, 'company').indexMetadataList.length)
})

test('who may change the model sees all of it; a change of the role counts at once', async (t) => {
  const admin = await server.enter()
  const { model, hide, allow, client } = await restrict(admin, 'modeller')
  await hide('company', null)
  t.is((await modelOf(client)).length, model.length - 1)
  await allow(['DATA_MODEL'])
  t.deepEqual(await modelOf(client), model)
  await allow([])
  t.is((await modelOf(client)).length, model.length - 1)
})
