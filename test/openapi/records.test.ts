// Hundreds of requests, good and bad, each compared with the document.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { addMember } from '../support/console.ts'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import type { Json } from './contract.ts'
import { MISSING, query, type Replay, replayOf } from './replay.ts'

const HOSTILE = readFileSync(new URL('../fixtures/hostile.sql', import.meta.url), 'utf8')

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

/** Everything that can be asked of an object, by the examples that its document gives. */
const exerciseCreates = async ({ send }: Replay, plural: string, create: Json, id: string): Promise<void> => {
  await send('POST', `/rest/${plural}?upsert=true`, { ...create, id })
  await send('POST', `/rest/${plural}?fields=createdAt`, create)
  await send('POST', `/rest/${plural}`, { ...create, noSuchField: 1 })
  await send('POST', `/rest/${plural}`, [create])
  await send('POST', `/rest/${plural}`, { ...create, id })
  await send('POST', `/rest/${plural}`, { ...create, id: 'no id' })
  await send('POST', `/rest/${plural}`, create, { prefer: 'return=minimal' })
  await send('POST', `/rest/batch/${plural}`, [create, create])
  await send('POST', `/rest/batch/${plural}?on_error=continue`, [
    create,
    { ...create, noSuchField: 1 },
    { ...create, id },
  ])
  await send('POST', `/rest/batch/${plural}?on_error=continue&depth=1`, [create])
  await send('POST', `/rest/batch/${plural}?upsert=true`, [{ ...create, id }])
  await send('POST', `/rest/batch/${plural}`, create)
  await send('POST', `/rest/batch/${plural}`, [])
  const key = { 'idempotency-key': `${plural}-${id}` }
  await send('POST', `/rest/${plural}`, create, key)
  await send('POST', `/rest/${plural}`, create, key)
  await send('POST', `/rest/${plural}?depth=1`, create, key)
}

/** @param make a record of an object that records cannot create. */
const exercise = async (replay: Replay, plural: string, make?: () => Promise<string>): Promise<void> => {
  const { document, send } = replay
  const item = (path: string): Json => document.paths[path]
  const example = (name: string): string => {
    const type = plural.charAt(0).toUpperCase() + plural.slice(1)
    return document.components.parameters[`${type}${name}`].example
  }
  const create = item(`/${plural}`).post?.requestBody.content['application/json'].example
  const update = item(`/${plural}`).patch.requestBody.content['application/json'].example
  const created = async (parameters = ''): Promise<string> => {
    if (create === undefined && make !== undefined) return make()
    const { body } = await send('POST', `/rest/${plural}${parameters}`, create)
    return Object.values<Json>(body.data)[0].id
  }
  const id = await created()
  const other = await created('?depth=1')
  const narrow = (...ids: readonly string[]): Record<string, string> => ({ filter: `id[in]:[${ids.join()}]` })

  if (create !== undefined) await exerciseCreates(replay, plural, create, id)

  for (const parameters of [
    {},
    { depth: '1', limit: '2' },
    { filter: example('Filter'), order_by: example('OrderBy'), fields: example('Fields') },
    { limit: '0' },
    { limit: 'x' },
    { depth: '2' },
    { filter: 'nonsense' },
    { filter: 'noSuchField[eq]:1' },
    { order_by: 'noSuchField' },
    { fields: 'noSuchField' },
    { starting_after: 'nonsense' },
  ])
    await send('GET', `/rest/${plural}${query(parameters as Record<string, string>)}`)
  const { pageInfo } = (await send('GET', `/rest/${plural}?limit=1`)).body
  await send('GET', `/rest/${plural}${query({ starting_after: pageInfo.endCursor })}`)
  await send('GET', `/rest/${plural}${query({ ending_before: pageInfo.endCursor })}`)
  await send('HEAD', `/rest/${plural}`)

  const groups = item(`/${plural}/groupBy`).get
  const group = groups.parameters.find(({ name }: Json) => name === 'group_by').example
  const aggregates = Object.keys(
    document.components.schemas[
      groups.responses['200'].content['application/json'].schema.items.$ref.split('/').at(-1)
    ].properties,
  ).filter((name) => name !== 'groupByDimensionValues' && name !== 'records')
  await send('GET', `/rest/${plural}/groupBy${query({ group_by: group })}`)
  await send(
    'GET',
    `/rest/${plural}/groupBy${query({ group_by: group, aggregate: JSON.stringify(aggregates) })}`,
  )
  await send(
    'GET',
    `/rest/${plural}/groupBy${query({ group_by: group, include_records_sample: 'true', depth: '1', limit: '3' })}`,
  )
  await send('GET', `/rest/${plural}/groupBy`)

  await send('GET', `/rest/${plural}/${id}`)
  await send('GET', `/rest/${plural}/${id}?depth=1`)
  await send('GET', `/rest/${plural}/${MISSING}`)
  await send('GET', `/rest/${plural}/nonsense`)
  await send('PATCH', `/rest/${plural}/${id}`, update)
  await send('PUT', `/rest/${plural}/${id}?depth=1&fields=id`, update)
  await send('PATCH', `/rest/${plural}/${MISSING}`, update)
  await send('PATCH', `/rest/${plural}/${id}`, { noSuchField: 1 })
  await send('PATCH', `/rest/${plural}/${id}`, '{')
  await send('PATCH', `/rest/${plural}/${id}`, update, { prefer: 'return=minimal' })
  await send('PATCH', `/rest/${plural}${query(narrow(id, other))}`, update)
  await send('PATCH', `/rest/${plural}`, update)
  const duplicates = item(`/${plural}/duplicates`)?.post
  if (duplicates !== undefined) {
    await send('POST', `/rest/${plural}/duplicates`, { ids: [id] })
    await send(
      'POST',
      `/rest/${plural}/duplicates?depth=1`,
      duplicates.requestBody.content['application/json'].example,
    )
    await send('POST', `/rest/${plural}/duplicates`, {})
    await send('PATCH', `/rest/${plural}/merge`, { ids: [id, other], conflictPriorityIndex: 1, dryRun: true })
    await send('PATCH', `/rest/${plural}/merge?depth=1`, { ids: [await created(), await created()] })
    await send('PATCH', `/rest/${plural}/merge`, { ids: [id] })
  }
  await send('DELETE', `/rest/${plural}/${id}?soft_delete=true`)
  await send('PATCH', `/rest/${plural}/${id}/restore`)
  const history = (await send('GET', `/rest/${plural}/${id}/history`)).body.data
  const [[restored]] = Object.values<Json>(history)
  await send('POST', `/rest/${plural}/${id}/history/${restored.position}/undo`)
  await send('PATCH', `/rest/${plural}/${id}/restore`)
  await send('PATCH', `/rest/${plural}/${id}/restore`)
  await send('DELETE', `/rest/${plural}${query({ ...narrow(id), soft_delete: 'true' })}`)
  await send('PATCH', `/rest/${plural}/restore${query(narrow(id))}`)
  await send('DELETE', `/rest/${plural}/${id}`)
  await send('DELETE', `/rest/${plural}/${id}`)
  await send('GET', `/rest/${plural}/${id}/history`)
  await send('GET', `/rest/${plural}/${id}/history?starting_after=nonsense`)
  await send('POST', `/rest/${plural}/${id}/history/1/undo`)
  await send('DELETE', `/rest/${plural}/${id}/history`)
  await send('DELETE', `/rest/${plural}${query(narrow(other))}`, undefined, { prefer: 'return=minimal' })
  await send('DELETE', `/rest/${plural}`)
}

test('the standard objects are answered as documented', async (t) => {
  t.timeout(300_000)
  const client = await server.enter()
  await metadataOf(client).ask('mutation { updateWorkspace(data: { history: true }) { id } }')
  const replay = await replayOf(t, client)
  const plurals = replay.document.tags.flatMap(({ name }: Json) =>
    ['openApi', 'changes'].includes(name) ? [] : [name],
  )
  const { schemaName } = client.workspace
  const addPerson = () => addMember(server.gateway.pool, schemaName)
  for (const plural of plurals) await exercise(replay, plural, addPerson)
  t.true(replay.count() > 480, String(replay.count()))
  const operations = Object.entries<Json>(replay.document.paths).flatMap(([path, item]) =>
    Object.keys(item).flatMap((verb) => (verb === 'parameters' ? [] : [`${verb} ${path}`])),
  )
  const unseen = operations.filter(
    (name) =>
      name !== 'get /open-api/core' &&
      // The change feed has tests of its own.
      !/^\w+ \/changes/.test(name) &&
      ![...(replay.contract.seen.get(name) ?? [])].some((status) => status < 300),
  )
  t.deepEqual(unseen, [])
})

test('every type of field is returned and accepted as documented', async (t) => {
  const client = await server.enter()
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('rocket')
  const options = ['A_A', 'B_B'].map((value, position) => ({ value, label: value, position, color: 'red' }))
  const fields: readonly (readonly [name: string, type: string, value: unknown, more?: object])[] = [
    ['alpha', 'TEXT', 'ü "x" \\'],
    ['bravo', 'NUMBER', 7],
    ['charlie', 'NUMBER', 1.5, { settings: { dataType: 'float' } }],
    ['delta', 'NUMBER', '9007199254740993', { settings: { dataType: 'bigint' } }],
    ['echo', 'BOOLEAN', true],
    ['foxtrot', 'DATE', '2026-02-03'],
    ['golf', 'DATE_TIME', '2026-02-03T04:05:06Z'],
    ['hotel', 'SELECT', 'A_A', { options }],
    ['india', 'MULTI_SELECT', ['A_A', 'B_B'], { options }],
    ['juliett', 'RATING', 'RATING_3'],
    ['kilo', 'ARRAY', ['a', 'b,"']],
    ['lima', 'RAW_JSON', { a: [1, null] }],
    ['mike', 'CURRENCY', { amountMicros: '1000000', currencyCode: 'EUR' }],
    ['november', 'ADDRESS', { addressCity: 'Oslo', addressLat: 59.9 }],
    ['oscar', 'EMAILS', { primaryEmail: 'A@b.test', additionalEmails: ['c@d.test'] }],
    [
      'papa',
      'PHONES',
      {
        primaryPhoneNumber: '+33612345678',
        additionalPhones: [{ number: '612345678', countryCode: 'FR', callingCode: '+33' }],
      },
    ],
    [
      'quebec',
      'LINKS',
      { primaryLinkUrl: 'https://a.test/', secondaryLinks: [{ label: 'x', url: 'https://b.test' }] },
    ],
    ['romeo', 'FULL_NAME', { firstName: 'Ada', lastName: "O'Neill" }],
    ['sierra', 'RICH_TEXT', { markdown: '# x' }],
    ['tango', 'UUID', MISSING],
  ]
  for (const [name, type, , more] of fields) {
    const field = { objectMetadataId, type, name, label: name, ...more }
    await metadata.createField(field)
  }
  const { document, send } = await replayOf(t, client)
  const whole = Object.fromEntries(fields.map(([name, , value]) => [name, value]))
  t.is((await send('POST', '/rest/rockets', { ...whole, position: 'first' })).status, 201)
  t.is((await send('POST', '/rest/rockets', {})).status, 201)
  const nothing = Object.fromEntries(
    fields
      .filter(([name]) =>
        JSON.stringify(document.components.schemas.Rocket.properties[name]).includes('"null"'),
      )
      .map(([name]) => [name, null]),
  )
  t.is((await send('POST', '/rest/rockets', nothing)).status, 201)
  for (const [name, , value] of fields) {
    const { body } = await send('POST', '/rest/rockets', { [name]: value })
    await send('PATCH', `/rest/rockets/${body.data.createRocket.id}`, { [name]: null })
    await send('PATCH', `/rest/rockets/${body.data.createRocket.id}`, { [name]: { wrong: 'type' } })
  }
  await send('GET', '/rest/rockets')
  await send('POST', '/rest/companies', { accountOwner: { connect: { where: { id: MISSING } } } })
  const { body } = await send('POST', '/rest/companies', {
    domainName: { primaryLinkUrl: 'https://acme.test' },
  })
  t.truthy(body.data.createCompany.id)
  const person = await send('POST', '/rest/people?depth=1', {
    company: { connect: { where: { domainName: { primaryLinkUrl: 'https://acme.test' } } } },
  })
  t.is(person.body.data.createPerson.company.id, body.data.createCompany.id)
  await send('PATCH', `/rest/people/${person.body.data.createPerson.id}`, { company: { disconnect: true } })
})

test('hostile tables are answered as documented', async (t) => {
  const client = await server.enter('By hand', { standardObjects: false })
  await importSql(server.gateway.pool, client.workspace.id, HOSTILE)
  const { document, send } = await replayOf(t, client)
  const line = {
    orderId: 1,
    lineNo: 2,
    mood: 'ha"ppy',
    moods: ['sad', 'ok, fine'],
    stars: 'RATING_2',
    mail: 'a@b.test',
  }
  t.is((await send('POST', '/rest/orderLines', line)).status, 201)
  await send('POST', '/rest/orderLines', line)
  await send('POST', '/rest/orderLines', { orderId: 2 })
  await send('POST', '/rest/orderLines', { ...line, lineNo: 3, mail: 'no mail' })
  await send('GET', '/rest/orderLines/1,2?depth=1')
  await send('PATCH', '/rest/orderLines/1,2', { doubled: 4 })
  await send('POST', '/rest/lineNotes?depth=1', { orderId: 1, lineNo: 2, body: 'x' })
  await send('POST', '/rest/lineNotes', { orderId: 9, lineNo: 9, body: 'x' })
  await send('DELETE', '/rest/orderLines/1,2')
  const values = {
    payload: { a: 1 },
    raw: '\\xdeadbeef',
    duration: '1 day',
    span: '[1,5)',
    address: '10.0.0.0/8',
    numbers: [1, 2],
    tags: ['a,b'],
    big: '9007199254740993',
    exact: '0.1',
    single: 1.5,
    at: '2026-02-03T04:05:06.789Z',
    day: '2026-02-03',
    clock: '04:05:06',
    flag: false,
  }
  t.is((await send('POST', '/rest/stringRecords', values)).status, 201)
  t.is((await send('POST', '/rest/stringRecords', {})).status, 201)
  const { pool } = server.gateway
  await pool.query(`insert into "${client.workspace.schemaName}".string (single, exact, payload, tags, numbers)
    values ('NaN', 'NaN', '3', array['a', null], array[1, null]), ('-Infinity', 1, '"text"', '{}', '{}')`)
  await send('GET', '/rest/stringRecords?depth=1')
  await send(
    'GET',
    `/rest/stringRecords/groupBy${query({ group_by: '[{"flag":true}]', aggregate: '["maxSingle","sumSingle","avgBig","maxAt","minDay","sumExact"]' })}`,
  )
  await send(
    'GET',
    `/rest/stringRecords/groupBy${query({ group_by: '[{"at":{"granularity":"MONTH"}},{"tags":true},{"single":true}]', include_records_sample: 'true' })}`,
  )
  await send('POST', '/rest/news', {
    slug: 'a/b,c d%',
    title: 'T',
    stringRecordByAuthor: { connect: { where: { id: 1 } } },
  })
  await send('POST', '/rest/news', { slug: 'x', title: 'T', stringId: 1 })
  await send('GET', '/rest/news/x?depth=1')
  await send('POST', '/rest/headlines', { slug: 'y', title: 'T' })
  await send('PATCH', `/rest/headlines${query({ filter: 'slug[eq]:y' })}`, { title: 'U' })
  await send('DELETE', `/rest/headlines${query({ filter: 'slug[eq]:y' })}`)
  await send('POST', '/rest/keylesses', { a: 1, b: 'x' })
  await send('DELETE', `/rest/keylesses${query({ filter: 'a[eq]:1' })}`)
  await send('POST', '/rest/counteds', { label: 'x' })
  await send('POST', '/rest/counteds', { label: 'x' })
  await send('POST', '/rest/counteds?upsert=true', { label: 'x' })
  await send('POST', '/rest/parteds', { id: 1, day: '2026-01-01' })
  await send('GET', '/rest/parteds/1,2026-01-01')
  await send('POST', '/rest/shops', {
    code: 'a',
    hq: { addressCity: 'Oslo' },
    turnover: { amountMicros: 5, currencyCode: 'EUR' },
  })
  await send('POST', '/rest/shops', { code: '' })
  for (const { name } of document.tags) {
    if (name === 'openApi') continue
    await send('GET', `/rest/${name}?depth=1`)
    await send('GET', `/rest/${name}?limit=1`)
  }
})

test('refusals that come before the object is looked at are documented for each', async (t) => {
  const client = await server.enter()
  const { contract, send } = await replayOf(t, client)
  const url = (target: string): string => server.url + target
  const check = async (
    method: string,
    target: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<number> => {
    const answer = await ask(url(target), method, body, headers)
    t.deepEqual(contract.check({ method, target, body, answer }), [])
    return answer.status
  }
  t.is(await check('GET', '/rest/companies'), 401)
  t.is(await check('POST', '/rest/companies', {}, { authorization: 'Bearer nonsense' }), 401)
  t.is((await send('POST', '/rest/companies', '"'.padEnd(2_000_000, 'x'))).status, 413)
  t.is((await send('POST', '/rest/companies', 'name=x', { 'content-type': 'text/plain' })).status, 415)
  t.is((await send('POST', '/rest/companies', {}, { 'content-encoding': 'zstd' })).status, 415)
  t.is(await check('GET', `/rest/companies?filter=${'x'.repeat(40_000)}`), 431)
  t.is((await send('POST', '/rest/companies', {}, { 'idempotency-key': 'x'.repeat(300) })).status, 400)
})

test('a caller past the limit gets the documented answer', async (t) => {
  const limited = await startTestGateway({ environment: { API_RATE_LIMIT_PER_MINUTE: '2' } })
  t.teardown(limited.close)
  const client = await limited.enter()
  const { send } = await replayOf(t, client)
  t.is((await send('GET', '/rest/people')).status, 200)
  t.is((await send('GET', '/rest/people')).status, 429)
})
