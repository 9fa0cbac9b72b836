import test from 'ava'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const DIFF = 'isDestructive changes { kind object field isDestructive properties { name before after } }'

test('the model goes from one workspace to another over GraphQL, and the next request speaks it', async (t) => {
  const [from, to] = [await server.enter(), await server.enter()]
  const source = metadataOf(from)
  const rocket = await source.createObject('rocket')
  await source.createField({ objectMetadataId: rocket, type: 'NUMBER', name: 'stages', label: 'Stages' })
  const { modelDocument } = await source.ask('{ modelDocument }')

  const target = metadataOf(to)
  const variables = { document: modelDocument }
  const { diffModel } = await target.ask(
    `query ($document: JSON!) { diffModel(document: $document) { ${DIFF} } }`,
    variables,
  )
  t.false(diffModel.isDestructive)
  t.deepEqual(
    diffModel.changes.find(({ object }: { object: string }) => object === 'rocket'),
    {
      kind: 'CREATE_OBJECT',
      object: 'rocket',
      field: null,
      isDestructive: false,
      properties: [],
    },
  )

  const apply = `mutation ($document: JSON!, $dryRun: Boolean) { applyModel(document: $document, dryRun: $dryRun) { ${DIFF} } }`
  const dry = await target.raw(apply, { ...variables, dryRun: true })
  t.deepEqual(dry.body.data.applyModel, diffModel)
  t.true(dry.body.extensions.dryRun.statements.some((sql: string) => sql.startsWith('create table')))
  t.is((await to.get('/rest/rockets')).status, 404)

  t.deepEqual((await target.ask(apply, variables)).applyModel, diffModel)
  const made = await to.request('POST', '/rest/rockets', { name: 'Ariane', stages: 2 })
  t.is(made.status, 201, made.text)
  const after = await target.ask(
    `query ($document: JSON!) { diffModel(document: $document) { ${DIFF} } }`,
    variables,
  )
  t.deepEqual(after.diffModel, { isDestructive: false, changes: [] })
})

test('REST has the same, and refuses to lose values unless it is allowed', async (t) => {
  const client = await server.enter()
  const { body: document, status } = await client.get('/rest/metadata/model')
  t.is(status, 200)
  t.is(document.format, 'tenantry-model-1')
  await metadataOf(client).createObject('rocket')

  const diff = await client.request('POST', '/rest/metadata/model/diff', document)
  t.true(diff.body.isDestructive)
  const refused = await client.request('POST', '/rest/metadata/model/apply', document)
  t.is(refused.status, 409)
  t.regex(refused.body.messages[0], /DELETE_OBJECT rocket/)
  const dry = await client.request('POST', '/rest/metadata/model/apply?dry_run=true', document)
  t.is(dry.status, 200)
  t.true(dry.body.dryRun.statements.some((sql: string) => sql.startsWith('drop table')))
  t.is((await client.get('/rest/rockets')).status, 200)
  const applied = await client.request('POST', '/rest/metadata/model/apply?allow_destructive=true', document)
  t.deepEqual(applied.body, diff.body)
  t.not((await client.get('/rest/rockets')).status, 200)
  t.is((await client.request('PATCH', '/rest/metadata/model')).status, 405)
  t.is((await client.get('/rest/metadata/model/nothing')).status, 404)
})

test('a document with former names keeps records and ids over REST', async (t) => {
  const client = await server.enter('Renaming', { standardObjects: false })
  const id = await metadataOf(client).createObject('rocket')
  await client.request('POST', '/rest/rockets', { name: 'Ariane' })
  const { body: document } = await client.get('/rest/metadata/model')
  const [rocket] = document.objects
  const renamed = {
    ...document,
    objects: [{ ...rocket, nameSingular: 'ship', namePlural: 'ships', renamedFrom: 'rocket' }],
  }
  const diff = await client.request('POST', '/rest/metadata/model/diff', renamed)
  t.false(diff.body.isDestructive)
  t.deepEqual(
    diff.body.changes.map(({ kind, object }: { kind: string; object: string }) => [kind, object]),
    [['RENAME_OBJECT', 'ship']],
  )
  const applied = await client.request('POST', '/rest/metadata/model/apply', renamed)
  t.deepEqual(applied.body, diff.body)
  t.is((await client.get('/rest/ships')).body.data.ships[0].name, 'Ariane')
  t.is(await metadataOf(client).objectId('ship'), id)
  const again = await client.request('POST', '/rest/metadata/model/apply', renamed)
  t.deepEqual([again.status, again.body], [200, { changes: [], isDestructive: false }])
})

test('a document with faults names them all, and a role without DATA_MODEL may not even read one', async (t) => {
  const client = await server.enter()
  const { body, status } = await client.request('POST', '/rest/metadata/model/diff', {
    format: 'other',
    objects: 7,
  })
  t.is(status, 400)
  t.true(body.messages.some((message: string) => message.startsWith('format')))
  t.true(body.messages.some((message: string) => message.startsWith('objects')))
  const guest = await server.client(client.workspace, 'Guest')
  t.is((await guest.get('/rest/metadata/model')).status, 403)
  t.is((await metadataOf(guest).refused('{ modelDocument }')).extensions.code, 'FORBIDDEN')
})
