// The change feed answers as the document of records describes, and what exists is not called unsupported.

import test from 'ava'
import { buildClientSchema, getIntrospectionQuery } from 'postgraphile/graphql'
import { unsupported } from '../../gateway/unsupported.ts'
import { openEventStream } from '../support/eventStream.ts'
import { startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { replayOf } from './replay.ts'

const server = await startTestGateway({ environment: { CAPTURE: 'on' } })
test.after.always(() => server.close())

test('the feed, its tickets and its stream are answered as documented', async (t) => {
  const client = await server.enter()
  const { contract, document, send } = await replayOf(t, client)
  const { position } = (await send('GET', '/changes')).body
  const { body } = await client.request('POST', '/rest/companies', { name: 'one' })
  await client.request('PATCH', `/rest/companies/${body.data.createCompany.id}`, { name: 'two' })
  const page = await send(
    'GET',
    `/changes?after=${position}&objects=companies&operations=created,updated&include=record,previous&limit=10`,
  )
  t.is(page.body.data.changes.length, 2)
  t.is((await send('GET', '/changes?limit=0')).status, 400)
  const { example } = document.paths['/changes/tickets'].post.requestBody.content['application/json']
  const { ticket } = (await send('POST', '/changes/tickets', example)).body.data
  t.is((await send('POST', '/changes/tickets', { objects: 'companies' })).status, 400)
  t.is((await send('GET', '/changes/stream?objects=rockets')).status, 400)
  const stream = await openEventStream(`${server.url}/changes/stream?ticket=${ticket}&after=${position}`)
  t.is(stream.status(), 200)
  stream.close()
  const { parameters, responses } = document.paths['/changes/stream'].get
  t.true(parameters.some(({ $ref }: { $ref: string }) => $ref.endsWith('/changesTicket')))
  t.deepEqual(Object.keys(responses['200'].content), ['text/event-stream'])
  t.deepEqual([...(contract.seen.get('post /changes/tickets') ?? [])], [201, 400])
  t.deepEqual(document.paths['/changes'].servers, [{ url: '/' }])
})

test('an object named changes keeps its paths in the document', async (t) => {
  const client = await server.enter()
  const made = await client.request('POST', '/rest/metadata/objects', {
    nameSingular: 'change',
    namePlural: 'changes',
    labelSingular: 'Change',
    labelPlural: 'Changes',
  })
  t.is(made.status, 201, made.text)
  const { paths, tags } = (await client.get('/rest/open-api/core')).body
  t.is(paths['/changes'].get.operationId, 'findManyChanges')
  t.false('/changes/stream' in paths)
  t.is(tags.filter(({ name }: { name: string }) => name === 'changes').length, 1)
})

test('no field of the schemas and no path of the documents is called unsupported', async (t) => {
  const client = await server.enter()
  const records = await client.graphql(getIntrospectionQuery())
  const metadata = await metadataOf(client).ask(getIntrospectionQuery())
  const names = [records.body.data, metadata].flatMap((data) => {
    const schema = buildClientSchema(data)
    return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    )
  })
  t.true(names.includes('companyChanges'))
  t.true(names.includes('companyHistory'))
  t.true(names.includes('objectChangeLogs'))
  const paths = await Promise.all(
    ['core', 'metadata'].map(async (subject) => (await client.get(`/rest/open-api/${subject}`)).body.paths),
  )
  names.push(...paths.flatMap(Object.keys))
  t.true(names.includes('/changes/stream') && names.includes('/changeLog'))
  const isKnown = ['applicationCoreGraphqlSchema', '/changes/stream']
  t.deepEqual(
    names.filter((name) => unsupported(name) !== null && !isKnown.includes(name)),
    [],
  )
})
