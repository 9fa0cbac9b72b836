// The setting `restMetadataFormat` over every route of /rest/metadata, as the OpenAPI document of each format
// lists them.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

let server: TestGateway
let legacy: Client
let flat: Client

test.before(async () => {
  server = await startTestGateway()
  legacy = await server.enter()
  flat = await server.enter()
  const webhook = { targetUrl: 'https://hooks.example.com/x', operations: [] }
  for (const client of [legacy, flat]) await client.request('POST', '/rest/metadata/webhooks', webhook)
  await metadataOf(flat).ask('mutation { updateWorkspace(data: { restMetadataFormat: "flat" }) { id } }')
})
test.after.always(() => server?.close())

/** A document of the model is one thing, and settings have no ids to page by: in both formats the same. */
const PLAIN = ['/model', '/changeLog']

/** Only there where a table has no object, or a function no field. */
const LEFT_OUT = ['omitted', 'unservedFunctions']

interface Route {
  readonly path: string
  readonly properties: readonly string[]
}

/** Routes that a GET answers without naming anything, with the properties that the document promises. */
const listRoutes = async (client: Client): Promise<readonly Route[]> => {
  const { body } = await client.get('/rest/open-api/metadata')
  const paths: Record<string, Record<string, never>> = body.paths
  return Object.entries(paths).flatMap(([path, methods]) => {
    if (!('get' in methods) || path.includes('{') || PLAIN.includes(path)) return []
    const { get } = methods as never as { get: { responses: Record<string, never> } }
    const ok = get.responses['200'] as never as { content: Record<string, { schema: object }> }
    const schema = ok.content['application/json']?.schema ?? {}
    const properties = 'properties' in schema ? Object.keys(schema.properties as object) : []
    return [{ path, properties: properties.filter((name) => !LEFT_OUT.includes(name)) }]
  })
}

const PAGE = ['data', 'pageInfo', 'totalCount']

test('the flat format returns every list as a page, and its document describes that', async (t) => {
  const routes = await listRoutes(flat)
  t.deepEqual(routes.map(({ path }) => path).toSorted(), [
    '/apiKeys',
    '/fields',
    '/objects',
    '/roles',
    '/webhooks',
  ])
  for (const { path, properties } of routes) {
    const { status, body } = await flat.get(`/rest/metadata${path}`)
    t.is(status, 200, path)
    t.deepEqual(Object.keys(body), PAGE, path)
    t.deepEqual(properties, PAGE, path)
    t.true(Array.isArray(body.data), path)
    t.true(body.totalCount >= body.data.length && body.data.length > 0, path)
    t.is(body.pageInfo.startCursor, body.data[0].id, path)
    t.is(body.pageInfo.endCursor, body.data.at(-1).id, path)
    const one = await flat.get(`/rest/metadata${path}/${body.data[0].id}`)
    t.is(one.body.id, body.data[0].id, path)
  }
  t.true(
    Array.isArray((await flat.get('/rest/apiKeys')).body),
    'the older name of the keys keeps the older form',
  )
})

test('the legacy format wraps objects and fields by name, and leaves lists of keys and roles bare', async (t) => {
  const enveloped = ['/objects', '/fields']
  for (const { path, properties } of await listRoutes(legacy)) {
    const { body } = await legacy.get(`/rest/metadata${path}`)
    const isEnveloped = enveloped.includes(path)
    t.deepEqual(properties, isEnveloped ? PAGE : [], path)
    t.is(Array.isArray(body), !isEnveloped, path)
    if (isEnveloped) t.deepEqual(Object.keys(body.data), [path.slice(1)])
  }
})
