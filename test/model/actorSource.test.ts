import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { startTestGateway } from '../support/gateway.ts'

test('objects and fields are made where a table has the name of the type of actors', async (t) => {
  const server = await startTestGateway()
  t.teardown(() => server.close())
  const client = await server.enter()
  const schema = quoteIdentifier(client.workspace.schemaName)
  // As an earlier version left it after an object was renamed to actorSource.
  await server.gateway.pool.query(
    `alter type ${schema}.actor_source rename to actor_source_options;
     create table ${schema}.actor_source (id uuid primary key, name text)`,
  )
  const made = await client.request('POST', '/rest/metadata/objects', {
    nameSingular: 'rocket',
    namePlural: 'rockets',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
  })
  t.is(made.status, 201, made.text)
  const { body } = await client.get('/rest/metadata/objects/rocket')
  const field = { objectMetadataId: body.data.object.id, name: 'pilot', label: 'Pilot', type: 'ACTOR' }
  const added = await client.request('POST', '/rest/metadata/fields', field)
  t.is(added.status, 201, added.text)
  const record = await client.request('POST', '/rest/rockets', { name: 'Ariane' })
  t.is(record.body.data.createRocket.createdBy.source, 'API', record.text)
  t.is((await client.get('/rest/actorSourceRecords')).status, 200)
})
