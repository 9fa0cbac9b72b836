import { readFileSync } from 'node:fs'
import SwaggerParser from '@apidevtools/swagger-parser'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import test, { type ExecutionContext } from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import type { Json } from './contract.ts'
import { lintFaults } from './lint.ts'

const HOSTILE = readFileSync(new URL('../fixtures/hostile.sql', import.meta.url), 'utf8')
const MUSIC = readFileSync(new URL('../fixtures/music.sql', import.meta.url), 'utf8')

let server: TestGateway
let standard: Client

test.before(async () => {
  server = await startTestGateway()
  standard = await server.enter()
})
test.after.always(() => server?.close())

/** Two independent validators, and the rules of linters. */
const assertValid = async (t: ExecutionContext, document: Json): Promise<void> => {
  const { valid, errors } = await new Validator().validate(structuredClone(document))
  t.true(valid, JSON.stringify(errors)?.slice(0, 2_000))
  await t.notThrowsAsync(() => SwaggerParser.validate(structuredClone(document)))
  t.deepEqual(lintFaults(document), [])
}

const coreOf = async (client: Client): Promise<Json> => {
  const answer = await client.get('/rest/open-api/core')
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body
}

const importWorkspace = async (script: string): Promise<Client> => {
  const client = await server.enter('By hand', { standardObjects: false })
  await importSql(server.gateway.pool, client.workspace.id, script)
  return client
}

test('the document of the standard objects is valid and has the contract’s names', async (t) => {
  const document = await coreOf(standard)
  await assertValid(t, document)
  t.is(document.openapi, '3.1.1')
  t.is(document.servers[0].url, `${server.url}/rest`)
  t.like(document.components.securitySchemes.bearerAuth, { type: 'http', scheme: 'bearer' })
  for (const name of ['Company', 'CompanyForUpdate', 'CompanyForResponse', 'PersonForResponse'])
    t.truthy(document.components.schemas[name], name)
  const ids = Object.values<Json>(document.paths)
    .flatMap((item) => Object.values<Json>(item))
    .flatMap(({ operationId, tags }) => (tags?.[0] === 'people' ? [operationId] : []))
  t.deepEqual(ids.toSorted(), [
    'UpdateOnePerson',
    'createManyPeople',
    'createOnePerson',
    'deleteManyPeople',
    'deleteOnePerson',
    'erasePersonHistory',
    'findManyPeople',
    'findOnePerson',
    'findPersonDuplicates',
    'findPersonHistory',
    'groupByPeople',
    'mergeManyPeople',
    'restoreManyPeople',
    'restoreOnePerson',
    'undoPersonChange',
    'updateManyPeople',
  ])
  // What has no criteria has neither duplicates nor merges.
  t.is(document.paths['/opportunities/duplicates'], undefined)
  t.is(document.paths['/opportunities/merge'], undefined)
})

test('the document of the metadata API is valid, wrapped and flat', async (t) => {
  const client = await server.enter()
  const wrapped = (await client.get('/rest/open-api/metadata')).body
  await assertValid(t, wrapped)
  t.is(wrapped.servers[0].url, `${server.url}/rest/metadata`)
  await metadataOf(client).ask('mutation { updateWorkspace(data: { restMetadataFormat: "flat" }) { id } }')
  const flat = (await client.get('/rest/open-api/metadata')).body
  await assertValid(t, flat)
  t.notDeepEqual(flat, wrapped)
})

test('custom objects and fields are in the document of the next request, with their labels', async (t) => {
  const client = await server.enter()
  const metadata = metadataOf(client)
  const before = await coreOf(client)
  const objectMetadataId = await metadata.createObject('rocket', { description: 'What "flies" */ <b>' })
  await metadata.createField({
    objectMetadataId,
    type: 'MULTI_SELECT',
    name: 'fuels',
    label: 'Kinds of fuel',
    description: 'All that burn',
    options: ['H2', 'LOX'].map((value, position) => ({ value, label: value, position, color: 'red' })),
  })
  const types = [
    'CURRENCY',
    'ADDRESS',
    'PHONES',
    'RICH_TEXT',
    'RAW_JSON',
    'RATING',
    'ARRAY',
    'DATE',
    'BOOLEAN',
  ]
  for (const [index, type] of types.entries())
    await metadata.createField({ objectMetadataId, type, name: `extra${index}`, label: type })
  const document = await coreOf(client)
  await assertValid(t, document)
  t.is(before.paths['/rockets'], undefined)
  t.truthy(document.paths['/rockets'].post)
  t.is(document.tags.find(({ name }: Json) => name === 'rockets').description, 'What "flies" */ <b>')
  t.like(document.components.schemas.RocketForResponse.properties.fuels, {
    title: 'Kinds of fuel',
    description: 'All that burn',
    type: 'array',
  })
  t.deepEqual(document.components.schemas.RocketFuels.enum, ['H2', 'LOX'])
})

test('the document of hostile tables is valid', async (t) => {
  const document = await coreOf(await importWorkspace(HOSTILE))
  await assertValid(t, document)
  t.truthy(document.paths['/orderLines/{orderId},{lineNo}'].get)
  t.like(document.components.schemas.OrderLine, { required: ['orderId', 'lineNo'] })
  // Generated, so it is returned but not accepted.
  t.is(document.components.schemas.OrderLine.properties.doubled, undefined)
  t.true(document.components.schemas.OrderLineForResponse.properties.doubled.readOnly)
  // Views that Postgres cannot write, tables without a key, without a trash.
  t.deepEqual(Object.keys(document.paths['/totals']), ['get'])
  t.is(document.paths['/keylesses/{a}'], undefined)
  t.is(document.paths['/counteds/restore'], undefined)
  t.truthy(document.paths['/lineNotes/restore'])
})

test('objects whose names would yield the same component or operation get different ones', async (t) => {
  const document = await coreOf(
    await importWorkspace(`create table ship (id int primary key, kind text);
      create table ship_for_update (id int primary key);
      create table ship_for_response (id int primary key);
      create table x_duplicates (id int primary key);
      create table page_info_record (id int primary key);
      create table batch_result (id int primary key);
      create table "constructor" (id int primary key, "__proto__" text, "toString" text);`),
  )
  await assertValid(t, document)
  const { schemas } = document.components
  t.deepEqual(Object.keys(schemas.Ship.properties), ['id', 'kind'])
  t.deepEqual(Object.keys(schemas.ShipForUpdate.properties), ['id'])
  t.truthy(document.paths['/ships'].post)
})

test('the document of a database of foreign design is valid', async (t) => {
  const document = await coreOf(await importWorkspace(MUSIC))
  await assertValid(t, document)
  t.true(Object.keys(document.paths).length > 30)
})

test('examples can be sent as they are, more than once', async (t) => {
  const { paths } = await coreOf(standard)
  let sent = 0
  for (const [path, item] of Object.entries<Json>(paths))
    for (const [method, operation] of Object.entries<Json>(item)) {
      const example = operation.requestBody?.content['application/json'].example
      if (example === undefined || path.includes('{') || method !== 'post') continue
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const root = item.servers === undefined ? '/rest' : ''
        const answer = await standard.request('POST', root + path, example)
        t.true(answer.status < 300, `${path} ${answer.text}`)
      }
      sent += 1
    }
  t.true(sent > 18)
})

/** Every example in a schema, with the schema itself. */
const examplesIn = (value: Json): readonly (readonly [schema: Json, example: Json])[] => {
  if (typeof value !== 'object' || value === null) return []
  const own = Array.isArray(value.examples) ? value.examples.map((each: Json) => [value, each] as const) : []
  return [...own, ...Object.values<Json>(value).flatMap(examplesIn)]
}

test('examples of answers are such answers, of records and of refusals', async (t) => {
  for (const client of [standard, await importWorkspace(HOSTILE)]) {
    const document = await coreOf(client)
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    formats.default(ajv)
    ajv.addFormat('decimal', /^-?\d+(\.\d+)?$/)
    ajv.addSchema({ $id: 'https://tenantry.test/examples', ...document })
    const { schemas, responses } = document.components
    let checked = 0
    for (const [name, schema] of Object.entries<Json>(schemas))
      for (const example of schema.examples ?? []) {
        const validate = ajv.getSchema(`https://tenantry.test/examples#/components/schemas/${name}`)
        t.true(validate?.(example), `${name} ${JSON.stringify(example)} ${JSON.stringify(validate?.errors)}`)
        checked += 1
      }
    t.true(checked > 5)
    for (const name of Object.keys(schemas))
      if (/ForResponse\d*$/.test(name)) t.is(schemas[name].examples?.length, 1, name)
    for (const [name, response] of Object.entries<Json>(responses)) {
      const content = response.content?.['application/json']
      if (content === undefined) continue
      const validate = ajv.compile(content.schema)
      t.true(validate(content.example), `${name} ${JSON.stringify(validate.errors)}`)
    }
    t.true(examplesIn(document.paths).length === 0, 'examples stand once, in the components')
  }
})

test('an example of a record reads like such a record', async (t) => {
  const document = await coreOf(standard)
  const made = await standard.request('POST', '/rest/companies', { name: 'Example name' })
  const { data } = (await standard.get(`/rest/companies/${made.body.data.createCompany.id}`)).body
  const [example] = document.components.schemas.CompanyForResponse.examples
  t.deepEqual(Object.keys(example).toSorted(), Object.keys(data.company).toSorted())
  t.deepEqual(Object.keys(example.createdBy), Object.keys(data.company.createdBy))
})
