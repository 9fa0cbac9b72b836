import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const MISSING = '018f0000-0000-7000-8000-000000000000'
const create = async (plural: string, data: unknown) => {
  const answer = await client.request('POST', `/rest/${plural}`, data)
  if (answer.status !== 201) throw new Error(answer.text)
  return Object.values(answer.body.data)[0] as Record<string, string>
}

test('creates a record with the given id, fills the rest and records its author', async (t) => {
  const company = await create('companies', { name: 'Acme' })
  const id = '018f0000-0000-7000-8000-0000000000aa'
  const answer = await client.request('POST', '/rest/people', { id, jobTitle: 'CTO', companyId: company.id })
  t.is(answer.status, 201)
  t.is(answer.headers.get('content-type'), 'application/json; charset=utf-8')
  const person = answer.body.data.createPerson
  t.like(person, {
    id,
    jobTitle: 'CTO',
    companyId: company.id,
    name: { firstName: '', lastName: '' },
    emails: { primaryEmail: '', additionalEmails: [] },
    deletedAt: null,
    createdBy: { source: 'API', workspaceMemberId: null, name: 'Key of Admin', context: {} },
  })
  t.is(person.company, undefined)
  t.regex(person.createdAt, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
})

test('generates ids of version 7 and accepts any version', async (t) => {
  t.regex((await create('companies', { name: 'Seven' })).id ?? '', UUID)
  const v4 = 'f47ac10b-58cc-4372-a567-0e02b2c3d479'
  t.is((await create('companies', { id: v4 })).id, v4)
})

test('keeps an actor source that the caller names', async (t) => {
  const person = (await client.request('POST', '/rest/people', { createdBy: { source: 'EMAIL' } })).body.data
    .createPerson
  t.like(person.createdBy, { source: 'EMAIL', workspaceMemberId: null })
})

test('shows relations at depth 1 and no deeper', async (t) => {
  const company = await create('companies', { name: 'Deep' })
  const created = await client.request('POST', '/rest/people?depth=1', { companyId: company.id })
  const person = created.body.data.createPerson
  t.like(person.company, { id: company.id, name: 'Deep' })
  t.is(person.company.people, undefined)
  t.deepEqual(person.noteTargets, [])
  const found = await client.get(`/rest/companies/${company.id}?depth=1`)
  t.deepEqual(
    found.body.data.company.people.map((each: { id: string }) => each.id),
    [person.id],
  )
  t.is(found.body.data.company.accountOwner, null)
  const flat = await client.get(`/rest/people/${person.id}?depth=0`)
  t.is(flat.body.data.person.companyId, company.id)
  t.is('company' in flat.body.data.person, false)
})

test('updates the given fields, leaves the rest, and merges composites', async (t) => {
  const person = await create('people', {
    jobTitle: 'CTO',
    name: { firstName: 'Ada', lastName: 'Byron' },
    emails: { primaryEmail: 'ada@update.test', additionalEmails: ['a@b.test'] },
  })
  const answer = await client.request('PATCH', `/rest/people/${person.id}`, {
    name: { lastName: 'Lovelace' },
    emails: { primaryEmail: 'lovelace@update.test' },
  })
  t.is(answer.status, 200)
  t.like(answer.body.data.updatePerson, {
    jobTitle: 'CTO',
    name: { firstName: 'Ada', lastName: 'Lovelace' },
    emails: { primaryEmail: 'lovelace@update.test', additionalEmails: ['a@b.test'] },
  })
  t.true(answer.body.data.updatePerson.updatedAt > (person.updatedAt ?? ''))
  const put = await client.request('PUT', `/rest/people/${person.id}`, { jobTitle: 'CEO' })
  t.like(put.body.data.updatePerson, { jobTitle: 'CEO', name: { firstName: 'Ada', lastName: 'Lovelace' } })
})

test('takes a record back whole, but never changes its id', async (t) => {
  const company = await create('companies', { name: 'Same' })
  const again = await client.request('PATCH', `/rest/companies/${company.id}`, {
    id: company.id,
    name: 'Same 2',
  })
  t.is(again.status, 200)
  const moved = await client.request('PATCH', `/rest/companies/${company.id}`, { id: MISSING })
  t.is(moved.status, 400)
})

test('deletes for good by default and into the trash when asked', async (t) => {
  const hard = await create('companies', { name: 'Hard' })
  const deleted = await client.request('DELETE', `/rest/companies/${hard.id}`)
  t.is(deleted.status, 200)
  t.deepEqual(deleted.body, { data: { deleteCompany: { id: hard.id } } })
  t.is((await client.request('DELETE', `/rest/companies/${hard.id}`)).status, 404)

  const soft = await create('companies', { name: 'Soft' })
  const trashed = await client.request('DELETE', `/rest/companies/${soft.id}?soft_delete=true`)
  t.deepEqual(trashed.body, { data: { deleteCompany: { id: soft.id } } })
  t.is((await client.get(`/rest/companies/${soft.id}`)).status, 404)
  t.is((await client.request('PATCH', `/rest/companies/${soft.id}`, { name: 'x' })).status, 404)
  const inTrash = await client.get('/rest/companies?filter=deletedAt[is]:NOT_NULL,name[eq]:Soft')
  t.is(inTrash.body.totalCount, 1)
  t.is((await client.request('DELETE', `/rest/companies/${soft.id}`)).status, 200)
})

test('a trashed company is gone from its people, in both forms', async (t) => {
  const company = await create('companies', { name: 'Gone' })
  const person = await create('people', { companyId: company.id })
  await client.request('DELETE', `/rest/companies/${company.id}?soft_delete=true`)
  const found = (await client.get(`/rest/people/${person.id}?depth=1`)).body.data.person
  t.is(found.companyId, null)
  t.is(found.company, null)
})

test('a batch keeps its order and is all or nothing', async (t) => {
  const names = ['c', 'a', 'b']
  const answer = await client.request(
    'POST',
    '/rest/batch/companies',
    names.map((name) => ({ name: `batch ${name}` })),
  )
  t.is(answer.status, 201)
  t.deepEqual(
    answer.body.data.createCompanies.map((each: { name: string }) => each.name),
    names.map((name) => `batch ${name}`),
  )
  const url = 'https://twice.test'
  const twice = await client.request('POST', '/rest/batch/companies', [
    { name: 'never there' },
    { domainName: { primaryLinkUrl: url } },
    { domainName: { primaryLinkUrl: url } },
  ])
  t.is(twice.status, 409)
  t.is((await client.get('/rest/companies?filter=name[eq]:"never there"')).body.totalCount, 0)
})

test('a batch holds 60 records and no more', async (t) => {
  const records = (count: number) => Array.from({ length: count }, () => ({ title: 'sixty' }))
  t.is((await client.request('POST', '/rest/batch/tasks', records(60))).status, 201)
  const answer = await client.request('POST', '/rest/batch/tasks', records(61))
  t.is(answer.status, 400)
  t.deepEqual(answer.body.messages, ['Maximum number of records to upsert is 60.'])
  t.is((await client.get('/rest/tasks?filter=title[eq]:sixty&limit=0')).body.totalCount, 60)
  t.is((await client.request('POST', '/rest/batch/tasks', [])).status, 201)
  t.is((await client.request('POST', '/rest/batch/tasks', { title: 'one' })).status, 400)
})

test('a unique value that is taken is a conflict, and free again once its holder is in the trash', async (t) => {
  const data = { emails: { primaryEmail: 'unique@conflict.test' } }
  const first = await create('people', data)
  const second = await client.request('POST', '/rest/people', data)
  t.is(second.status, 409)
  t.is(second.body.error, 'ConflictException')
  t.regex(second.body.messages[0], /^A duplicate entry was detected/)
  await client.request('DELETE', `/rest/people/${first.id}?soft_delete=true`)
  t.is((await client.request('POST', '/rest/people', data)).status, 201)
})

const REFUSALS: readonly [
  what: string,
  method: string,
  path: string,
  body: unknown,
  status: number,
  message: RegExp,
][] = [
  ['an unknown object', 'GET', '/rest/rockets', undefined, 404, /^object 'rockets' not found/],
  [
    'a singular',
    'GET',
    '/rest/company',
    undefined,
    404,
    /^object 'company' not found\. Did you mean 'companies'\?$/,
  ],
  ['a typing error', 'GET', '/rest/compnies', undefined, 404, /Did you mean 'companies'\?$/],
  ['an unknown record', 'GET', `/rest/companies/${MISSING}`, undefined, 404, /^Record not found$/],
  ['an unknown record to update', 'PATCH', `/rest/companies/${MISSING}`, {}, 404, /^Record not found$/],
  ['a malformed id', 'GET', '/rest/companies/abc', undefined, 400, /^'abc' is not a valid UUID$/],
  [
    'an unknown field in a filter',
    'GET',
    '/rest/companies?filter=nme[eq]:x',
    undefined,
    400,
    /^Object company doesn't have any "nme" field\.$/,
  ],
  [
    'an unknown field in order_by',
    'GET',
    '/rest/companies?order_by=nme',
    undefined,
    400,
    /doesn't have any "nme" field/,
  ],
  [
    'an unknown key',
    'POST',
    '/rest/companies',
    { foo: 1 },
    400,
    /^Object company doesn't have any "foo" field\.$/,
  ],
  [
    'a composite as a whole in order_by',
    'GET',
    '/rest/people?order_by=name[AscNullsLast]',
    undefined,
    400,
    /composite/,
  ],
  [
    'a direction that is none',
    'GET',
    '/rest/companies?order_by=name[Up]',
    undefined,
    400,
    /^'order_by' direction 'Up' invalid\. Allowed values are 'AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'\. eg: \?order_by=field_1\[AscNullsFirst\],field_2\[DescNullsLast\],field_3$/,
  ],
  [
    'a relation compared',
    'GET',
    '/rest/people?filter=company[eq]:x',
    undefined,
    400,
    /^Cannot filter by relation field "company": use "companyId" instead$/,
  ],
  [
    'an operator of another type',
    'GET',
    '/rest/companies?filter=position[like]:x',
    undefined,
    400,
    /^Operator "like" is not valid for field "position" of type POSITION - Allowed operators: eq, neq/,
  ],
  [
    'a bad is',
    'GET',
    '/rest/companies?filter=name[is]:x',
    undefined,
    400,
    /^Invalid filter value for "is" operator\. Expected "NULL" or "NOT_NULL"$/,
  ],
  [
    'a bad cursor',
    'GET',
    '/rest/people?starting_after=invalid-cursor',
    undefined,
    400,
    /^Invalid cursor: invalid-cursor$/,
  ],
  [
    'a number as text',
    'POST',
    '/rest/companies',
    { name: 1 },
    400,
    /^Invalid string value 1 for text field "name"$/,
  ],
  [
    'text as a number',
    'POST',
    '/rest/companies',
    { annualRevenue: { amountMicros: 'x' } },
    400,
    /^Invalid number value 'x' for field "annualRevenue.amountMicros"$/,
  ],
  [
    'text as an id',
    'POST',
    '/rest/people',
    { companyId: 'non-uuid' },
    400,
    /^Invalid UUID value 'non-uuid' for field "companyId"$/,
  ],
  [
    'text as a date',
    'POST',
    '/rest/opportunities',
    { closeDate: 'x' },
    400,
    /^Invalid value 'x' for date-time field "closeDate"\. Expected format: 'YYYY-MM-DDTHH:mm:ssZ'$/,
  ],
  [
    'an option that is none',
    'POST',
    '/rest/opportunities',
    { stage: 'nope' },
    400,
    /^Invalid value "nope" for field "stage"\. Valid values are: NEW, SCREENING, MEETING, PROPOSAL, CUSTOMER$/,
  ],
  [
    'text as a composite',
    'POST',
    '/rest/companies',
    { address: 'text' },
    400,
    /^Invalid object value 'text' for field "address"$/,
  ],
  [
    'an unknown sub-field',
    'POST',
    '/rest/people',
    { emails: { x: 1 } },
    400,
    /^Invalid subfield x for emails field "emails"$/,
  ],
  [
    'a null position',
    'POST',
    '/rest/companies',
    { position: null },
    400,
    /^Invalid position value null for field "position"$/,
  ],
  [
    'a write to a list of records',
    'POST',
    '/rest/companies',
    { people: [] },
    400,
    /^One-to-many relation people field does not support write operations\.$/,
  ],
  ['a relation to nowhere', 'POST', '/rest/people', { companyId: MISSING }, 409, /./],
  ['a NUL byte', 'POST', '/rest/companies', { name: 'a\u0000b' }, 400, /./],
  ['a NUL byte in a filter', 'GET', '/rest/companies?filter=name[eq]:"%00"', undefined, 400, /./],
  ['a number too large', 'GET', '/rest/companies?filter=position[eq]:1e999', undefined, 400, /./],
  ['an array for a record', 'POST', '/rest/companies', [], 400, /must be a JSON object/],
  [
    'DELETE on a list',
    'DELETE',
    '/rest/companies',
    undefined,
    400,
    /^Filters are mandatory for bulk destroy/,
  ],
]

for (const [what, method, path, body, status, message] of REFUSALS) {
  test(`refuses ${what}: ${method} ${path}`, async (t) => {
    const answer = await client.request(method, path, body)
    t.is(answer.status, status)
    t.is(answer.body.statusCode, status)
    t.regex(answer.body.messages[0], message)
    t.is(typeof answer.body.error, 'string')
    t.notRegex(answer.text, /w_|select |insert |constraint|node_modules|\.ts:/i)
  })
}

test('every string that looks like SQL is just a string', async (t) => {
  for (const text of [
    "'; drop table company; --",
    '$1',
    '"__WS__".',
    '\\',
    "O'Brien",
    '%',
    '$$',
    'a"b',
    '__WS__',
  ]) {
    const company = await create('companies', { name: text })
    t.is(company.name, text)
    const quoted = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
    const found = await client.get(`/rest/companies?filter=${encodeURIComponent(`name[eq]:"${quoted}"`)}`)
    t.is(found.body.totalCount, 1, text)
    t.is(found.body.data.companies[0].name, text)
  }
})

test('HEAD answers like GET without a body', async (t) => {
  const answer = await client.request('HEAD', '/rest/companies')
  t.is(answer.status, 200)
  t.is(answer.text, '')
})

test('another workspace has the same shape and other records', async (t) => {
  const other = await server.enter('Other')
  const mine = await create('companies', { name: 'Mine' })
  t.is((await other.get(`/rest/companies/${mine.id}`)).status, 404)
  t.is((await other.get('/rest/companies')).body.totalCount, 0)
  t.is((await other.request('PATCH', `/rest/companies/${mine.id}`, { name: 'Stolen' })).status, 404)
  t.is((await other.request('DELETE', `/rest/companies/${mine.id}`)).status, 404)
  t.is((await other.request('POST', '/rest/people', { companyId: mine.id })).status, 409)
})
