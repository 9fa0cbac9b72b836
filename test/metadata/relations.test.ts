import test from 'ava'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const UPDATE = `mutation ($id: UUID!, $update: UpdateFieldInput!, $dryRun: Boolean) {
  updateOneField(input: { id: $id, update: $update }, dryRun: $dryRun) {
    id settings morphRelations { targetObjectMetadata { nameSingular } targetFieldMetadata { name label icon } }
  }
}`

const target = (targetObjectMetadataId: string, targetFieldLabel: string) => ({
  targetObjectMetadataId,
  targetFieldLabel,
  targetFieldIcon: 'IconRocket',
  type: 'MANY_TO_ONE',
})

const enter = async () => {
  const client = await server.enter()
  const metadata = metadataOf(client)
  const rocket = await metadata.createObject('rocket')
  return {
    client,
    metadata,
    rocket,
    person: await metadata.objectId('person'),
    company: await metadata.objectId('company'),
    create: async (plural: string, body: object): Promise<string> => {
      const answer = await client.request('POST', `/rest/${plural}`, body)
      const [record] = Object.values<{ id: string }>(answer.body?.data ?? {})
      if (record === undefined) throw new Error(answer.text)
      return record.id
    },
  }
}

test('a morph relation gets and loses targets over both protocols, and records follow', async (t) => {
  const { client, metadata, rocket, person, company, create } = await enter()
  const id = await metadata.createField({
    objectMetadataId: rocket,
    type: 'MORPH_RELATION',
    name: 'payer',
    label: 'Payer',
    morphRelationsCreationPayload: [target(person, 'Paid rockets')],
  })
  const update = { morphRelationsUpdatePayload: [target(company, 'Paid rockets')] }
  const dry = await metadata.raw(UPDATE, { id, update, dryRun: true })
  t.regex(dry.body.extensions.dryRun.statements.join(), /add column "payer_company_id"/)
  t.is(dry.body.data.updateOneField.morphRelations.length, 1)
  const { updateOneField } = await metadata.ask(UPDATE, { id, update })
  t.deepEqual(
    updateOneField.morphRelations
      .map(
        ({ targetObjectMetadata }: { targetObjectMetadata: { nameSingular: string } }) =>
          targetObjectMetadata.nameSingular,
      )
      .sort(),
    ['company', 'person'],
  )
  const acme = await create('companies', { name: 'Acme' })
  await create('rockets', { name: 'Ariane', payerCompanyId: acme })
  const read = await client.graphql(
    '{ companies { edges { node { name paidRockets { edges { node { name payerCompany { name } } } } } } } }',
  )
  t.is(read.body.data.companies.edges[0].node.paidRockets.edges[0].node.payerCompany.name, 'Acme')

  const renamed = await client.request('PATCH', `/rest/metadata/fields/${id}`, {
    morphRelationsUpdatePayload: [{ targetObjectMetadataId: company, targetFieldName: 'ships' }],
  })
  t.is(renamed.status, 200, renamed.text)
  t.is((await client.graphql('{ companies { edges { node { ships { totalCount } } } } }')).status, 200)
  const removal = { morphRelationsUpdatePayload: [{ targetObjectMetadataId: company, isRemoved: true }] }
  const planned = await client.request('PATCH', '/rest/metadata/fields/rocket.payer?dry_run=true', removal)
  t.regex(planned.body.dryRun.statements.join(), /drop column "payer_company_id"/)
  const removed = await client.request('PATCH', '/rest/metadata/fields/rocket.payer', removal)
  t.is(removed.body.data.updateOneField.morphRelations.length, 1)
  t.is((await client.request('POST', '/rest/rockets', { payerCompanyId: acme })).status, 400)
})

test('the delete action of a relation can be changed afterwards, over both protocols', async (t) => {
  const { client, metadata, rocket, person, create } = await enter()
  const id = await metadata.createField({
    objectMetadataId: rocket,
    type: 'RELATION',
    name: 'owner',
    label: 'Owner',
    relationCreationPayload: target(person, 'Rockets'),
  })
  const ada = await create('people', { name: { firstName: 'Ada' } })
  const ariane = await create('rockets', { name: 'Ariane', ownerId: ada })
  const restrict = { settings: { onDelete: 'RESTRICT' } }
  const dry = await metadata.raw(UPDATE, { id, update: restrict, dryRun: true })
  t.deepEqual(
    dry.body.extensions.dryRun.statements.map((sql: string) => sql.replace(/^alter table "[^"]*"\./, '')),
    [
      '"rocket" drop constraint "rocket_owner_id_fkey"',
      `"rocket" add constraint "rocket_owner_id_fkey" foreign key ("owner_id") references "${client.workspace.schemaName}"."person" ("id") on delete restrict`,
    ],
  )
  t.is(dry.body.data.updateOneField.settings.onDelete, 'SET_NULL')
  t.is((await metadata.ask(UPDATE, { id, update: restrict })).updateOneField.settings.onDelete, 'RESTRICT')
  t.is((await client.request('DELETE', `/rest/people/${ada}`)).status, 409)
  const cascade = await client.request('PATCH', '/rest/metadata/fields/rocket.owner', {
    settings: { onDelete: 'CASCADE' },
  })
  t.is(cascade.body.data.updateOneField.settings.onDelete, 'CASCADE', cascade.text)
  t.is((await client.request('DELETE', `/rest/people/${ada}`)).status, 200)
  t.is((await client.get(`/rest/rockets/${ariane}`)).status, 404)
  const refused = await client.request('PATCH', '/rest/metadata/fields/rocket.owner', {
    settings: { onDelete: 'EXPLODE' },
  })
  t.is(refused.status, 400)
  t.regex(refused.text, /onDelete must be one of CASCADE, SET_NULL, RESTRICT, NO_ACTION/)
  const inverse = await client.request('PATCH', '/rest/metadata/fields/person.rockets', {
    settings: { onDelete: 'CASCADE' },
  })
  t.regex(inverse.text, /On delete action is only supported for many to one relations/)
})
