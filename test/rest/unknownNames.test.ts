// A name that the model does not have is a 400 that names it and suggests the nearest, wherever it stands in
// a request. What is drawn: an object, one of its fields with a letter too many, and each place where a
// request names a field.

import test, { type ExecutionContext } from 'ava'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client
let model: Model

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const catalog = await readCatalog(server.gateway.pool, client.workspace.schemaName)
  if (catalog === null) throw new Error('The workspace has no schema.')
  model = deriveModel(catalog, { standard: true })
})
test.after.always(() => server?.close())

const KEY = '0199b0a5-0f2e-7c61-8e55-6d8f3a1c2b4d'
const json = (value: unknown): string => encodeURIComponent(JSON.stringify(value))

interface Place {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
}

/** Requests that name a field of the object, by the place where they name it. */
const places = (plural: string, name: string): Readonly<Record<string, Place>> => ({
  filter: { path: `${plural}?filter=${name}[eq]:x` },
  'filter in groups': { path: `${plural}?filter=or(and(id[is]:NULL,not(${name}[is]:NULL)))` },
  'filter of a bulk update': { method: 'PATCH', path: `${plural}?filter=${name}[eq]:x`, body: {} },
  'filter of a bulk delete': { method: 'DELETE', path: `${plural}?filter=${name}[eq]:x` },
  'filter of a bulk restore': { method: 'PATCH', path: `${plural}/restore?filter=${name}[eq]:x` },
  'filter of groups': { path: `${plural}/groupBy?group_by=${json([{ id: true }])}&filter=${name}[eq]:x` },
  order_by: { path: `${plural}?order_by=${name}[DescNullsLast]` },
  'order_by of records of groups': {
    path: `${plural}/groupBy?group_by=${json([{ id: true }])}&include_records_sample=true&order_by_for_records=${name}`,
  },
  group_by: { path: `${plural}/groupBy?group_by=${json([{ [name]: true }])}` },
  fields: { path: `${plural}?fields=id,${name}` },
  'fields with depth': { path: `${plural}?depth=1&fields=${name}` },
  body: { method: 'POST', path: plural, body: { [name]: null } },
  'body of an update': { method: 'PATCH', path: `${plural}/${KEY}`, body: { [name]: null } },
  'body of a batch': { method: 'POST', path: `batch/${plural}`, body: [{ [name]: null }] },
})

const check = async (
  t: ExecutionContext,
  what: string,
  { method = 'GET', path, body }: Place,
  wrong: string,
  right: string,
): Promise<void> => {
  const answer = await client.request(method, `/rest/${path}`, body)
  t.is(answer.status, 400, `${what}: ${answer.text}`)
  t.is(answer.body.error, 'BadRequestException', what)
  const [message] = answer.body.messages
  t.true(message.includes(wrong), `${what}: ${message}`)
  t.true(answer.body.messages.includes(`Did you mean "${right}"?`), `${what}: ${answer.text}`)
}

const fieldsOf = (object: ObjectModel): readonly string[] =>
  [...object.fields.values()].flatMap(({ name }) => (name.length > 3 ? [name] : []))

test('a field that an object does not have is named, and the nearest is suggested, in every place', async (t) => {
  t.timeout(60_000)
  for (const [index, object] of model.objects.entries()) {
    const names = fieldsOf(object)
    const right = names[index % names.length] ?? ''
    // Twice the last letter: no field of the standard objects is called so.
    const wrong = right + right.at(-1)
    for (const [what, place] of Object.entries(places(object.namePlural, wrong))) {
      // Members cannot be written as records by any role: that check comes first.
      if (object.table === 'workspace_member' && place.method !== undefined) continue
      await check(t, `${what} of ${object.namePlural}`, place, wrong, right)
    }
  }
})

test('so is one behind a composite field or a relation', async (t) => {
  for (const [path, wrong, right] of [
    ['people?filter=name.firstNam[eq]:x', 'name.firstNam', 'name.firstName'],
    ['people?filter=company.nam[eq]:x', 'nam', 'name'],
    ['people?filter=company.address.addressCiti[eq]:x', 'address.addressCiti', 'address.addressCity'],
    ['companies?filter=people.some.jobTitel[eq]:x', 'jobTitel', 'jobTitle'],
    ['companies?filter=people.none.name.lastNam[eq]:x', 'name.lastNam', 'name.lastName'],
    ['people?order_by=name.lastNam', 'name.lastNam', 'name.lastName'],
    ['people?order_by=company.nam', 'nam', 'name'],
    [`people/groupBy?group_by=${json([{ company: { nam: true } }])}`, 'nam', 'name'],
    [`people/groupBy?group_by=${json([{ name: { lastNam: true } }])}`, 'name.lastNam', 'name.lastName'],
    [
      `people/groupBy?group_by=${json([{ jobTitle: true }])}&aggregate=${json(['totalCoun'])}`,
      'totalCoun',
      'totalCount',
    ],
    [
      `people/groupBy?group_by=${json([{ jobTitle: true }])}&order_by=${json([{ aggregate: { countEmtyName: 'AscNullsLast' } }])}`,
      'countEmtyName',
      'countEmptyName',
    ],
  ] as const)
    await check(t, path, { path }, wrong, right)
})

test('an unknown quantifier or operator is a 400 with the allowed ones', async (t) => {
  for (const [path, message] of [
    ['companies?filter=people.any.jobTitle[eq]:x', /"any".*some, every, none/],
    ['companies?filter=people.jobTitle[eq]:x', /"jobTitle".*some, every, none/],
    ['companies?filter=name[equals]:x', /comparator equals not in eq, neq/],
    ['companies?filter=employees[eq]:x', /"employees"/],
  ] as const) {
    const { status, body } = await client.get(`/rest/${path}`)
    t.is(status, 400, path)
    t.regex(body.messages[0], message)
  }
})

test('objects, records and paths stay 404, and unknown parameters stay ignored', async (t) => {
  t.is((await client.get('/rest/rockets?filter=x[eq]:1')).status, 404)
  t.is((await client.get(`/rest/companies/${KEY}`)).status, 404)
  t.is((await client.get('/rest/companies?nope=1&filtre=x[eq]:1')).status, 200)
})

test('a field that another gateway has just made is known to the next request, wherever it is named', async (t) => {
  for (const [index, [what, { method = 'GET', path, body }]] of Object.entries(
    places('tasks', 'freshField'),
  ).entries()) {
    const column = `fresh_field_${index}`
    await client.get('/rest/tasks?limit=1')
    await server.gateway.pool.query(
      `alter table "${client.workspace.schemaName}".task add column ${column} text`,
    )
    const name = `freshField${index}`
    const answer = await client.request(
      method,
      `/rest/${path.replaceAll('freshField', name)}`,
      body === undefined ? undefined : JSON.parse(JSON.stringify(body).replaceAll('freshField', name)),
    )
    t.not(answer.status, 400, `${what}: ${answer.text}`)
  }
})
