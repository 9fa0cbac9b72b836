import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client
let company: string
let person: string

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  company = (await client.request('POST', '/rest/companies', { name: 'Acme' })).body.data.createCompany.id
  const made = await client.request('POST', '/rest/people', {
    name: { firstName: 'Ada', lastName: 'Byron' },
    jobTitle: 'Countess',
    companyId: company,
  })
  person = made.body.data.createPerson.id
})
test.after.always(() => server?.close())

test('answers the fields that are asked for, and always the id', async (t) => {
  const one = await client.get(`/rest/people/${person}?fields=jobTitle`)
  t.deepEqual(one.body, { data: { person: { id: person, jobTitle: 'Countess' } } })
  const list = await client.get('/rest/people?fields=name,%20companyId&order_by=createdAt')
  t.deepEqual(list.body.data.people, [
    { id: person, name: { firstName: 'Ada', lastName: 'Byron' }, companyId: company },
  ])
  t.is(list.body.totalCount, 1)
  t.deepEqual((await client.get(`/rest/people/${person}?fields=id`)).body.data.person, { id: person })
})

test('relations are fields of depth 1', async (t) => {
  const deep = await client.get(`/rest/people/${person}?fields=company&depth=1`)
  t.deepEqual(Object.keys(deep.body.data.person), ['id', 'company'])
  t.is(deep.body.data.person.company.name, 'Acme')
  const many = await client.get(`/rest/companies/${company}?fields=people,name&depth=1`)
  t.deepEqual(Object.keys(many.body.data.company), ['id', 'name', 'people'])
  t.is(many.body.data.company.people[0].id, person)
  t.deepEqual((await client.get(`/rest/people/${person}?fields=company`)).body.data.person, { id: person })
})

test('writes answer them too', async (t) => {
  const created = await client.request('POST', '/rest/companies?fields=name', { name: 'New' })
  t.deepEqual(Object.keys(created.body.data.createCompany), ['id', 'name'])
  const { id } = created.body.data.createCompany
  const updated = await client.request('PATCH', `/rest/companies/${id}?fields=name`, { name: 'Newer' })
  t.deepEqual(updated.body.data.updateCompany, { id, name: 'Newer' })
  const batch = await client.request('POST', '/rest/batch/companies?fields=position', [{ name: 'x' }])
  t.deepEqual(Object.keys(batch.body.data.createCompanies[0]), ['id', 'position'])
  await client.request('DELETE', `/rest/companies/${id}?soft_delete=true`)
  const restored = await client.request('PATCH', `/rest/companies/${id}/restore?fields=id`)
  t.deepEqual(restored.body.data.restoreCompany, { id })
})

test('unknown fields are refused by name, before anything is written', async (t) => {
  const message = `'fields' parameter invalid. Unknown or unreadable fields on 'company': nope, neither`
  for (const [method, path] of [
    ['GET', '/rest/companies'],
    ['GET', `/rest/companies/${company}`],
    ['POST', '/rest/companies'],
  ] as const) {
    const answer = await client.request(
      method,
      `${path}?fields=name,nope,neither`,
      method === 'POST' ? { name: 'Never' } : undefined,
    )
    t.is(answer.status, 400)
    t.is(answer.body.messages[0], message)
  }
  t.is((await client.get('/rest/companies?filter=name[eq]:Never')).body.totalCount, 0)
})

test('an empty list of fields and unknown parameters change nothing', async (t) => {
  const { body } = await client.get(`/rest/people/${person}?fields=&limit:3&viewId=x&nonsense=1`)
  t.true(Object.keys(body.data.person).length > 10)
})

test('HEAD answers as GET without a body, and OPTIONS names the methods', async (t) => {
  const head = await client.request('HEAD', '/rest/opportunities/groupBy?group_by=[{"stage":true}]')
  t.is(head.status, 200)
  t.is(head.text, '')
  for (const [path, allow] of [
    ['/rest/people/groupBy', 'GET, HEAD, OPTIONS'],
    ['/rest/people/duplicates', 'POST, OPTIONS'],
    ['/rest/people/merge', 'PATCH, PUT, OPTIONS'],
  ] as const) {
    const answer = await client.request('DELETE', path)
    t.is(answer.status, 405, path)
    t.is(answer.headers.get('allow'), allow)
  }
})
