// Requests that a client of the contract makes, one test for each numbered example that no other test names.

import { randomUUID } from 'node:crypto'
import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

type Json = Record<string, unknown>

const create = async (plural: string, data: Json, query = ''): Promise<Json> => {
  const { status, body, text } = await client.request('POST', `/rest/${plural}${query}`, data)
  if (status !== 201) throw new Error(text)
  return Object.values(body.data)[0] as Json
}
const company = () =>
  create('companies', { name: 'Acme', domainName: { primaryLinkUrl: `https://${randomUUID()}.test/` } })

/** A workspace of its own, where nothing but the test's records is. */
const alone = async (records: readonly Json[]): Promise<Client> => {
  const own = await server.enter()
  const { status, text } = await own.request('POST', '/rest/batch/people', records)
  if (status !== 201) throw new Error(text)
  return own
}

test('creates a person with the given id and a key as the author', async (t) => {
  const [id, { id: companyId }] = [randomUUID(), await company()]
  const person = await create('people', { id, jobTitle: 'CTO', companyId })
  t.like(person, { id, jobTitle: 'CTO', companyId })
  t.like(person.createdBy, { source: 'API', workspaceMemberId: null })
})

test('keeps the source that the caller names', async (t) => {
  const { createdBy } = await create('people', { createdBy: { source: 'EMAIL' } })
  t.like(createdBy, { source: 'EMAIL', workspaceMemberId: null })
})

test('at depth 0 the join column is there and the record is not', async (t) => {
  const { id: companyId } = await company()
  const person = await create('people', { companyId }, '?depth=0')
  t.is(person.companyId, companyId)
  t.false('company' in person)
})

test('the same id twice is a conflict', async (t) => {
  const { id } = await create('people', {})
  const { status, body } = await client.request('POST', '/rest/people', { id })
  t.is(status, 409)
  t.regex(body.messages[0], /A duplicate entry was detected/)
})

test('a batch answers in its order, with the ids given', async (t) => {
  const ids = [randomUUID(), randomUUID()]
  const { status, body } = await client.request(
    'POST',
    '/rest/batch/people',
    ids.map((id) => ({ id })),
  )
  t.is(status, 201)
  t.deepEqual(
    body.data.createPeople.map((person: Json) => person.id),
    ids,
  )
  for (const { createdBy } of body.data.createPeople) t.is(createdBy.source, 'API')
})

test('a batch at depth 1 shows companies, but not their people', async (t) => {
  const { id: companyId } = await company()
  const { body } = await client.request('POST', '/rest/batch/people?depth=1', [{ companyId }, { companyId }])
  for (const person of body.data.createPeople) {
    t.is(person.company.id, companyId)
    t.false('people' in person.company)
  }
})

test('depth 2 does not exist', async (t) => {
  t.is((await client.request('POST', '/rest/batch/people?depth=2', [{}])).status, 400)
})

test('a list has records, page info and the number of all that match', async (t) => {
  const { status, body } = await (await alone([{}, {}])).get('/rest/people')
  t.is(status, 200)
  t.is(body.data.people.length, 2)
  t.is(body.totalCount, 2)
  t.like(body.pageInfo, { startCursor: body.pageInfo.startCursor, hasNextPage: false })
  t.is(typeof body.pageInfo.endCursor, 'string')
})

test('a limit cuts the page and not the count', async (t) => {
  const { body } = await (await alone([{}, {}, {}])).get('/rest/people?limit=2')
  t.is(body.data.people.length, 2)
  t.is(body.totalCount, 3)
  t.true(body.pageInfo.hasNextPage)
})

test('filters and sorts by position', async (t) => {
  const own = await alone([{ position: 3 }, { position: 1 }, { position: 2 }])
  const positions = async (query: string) =>
    (await own.get(`/rest/people?${query}`)).body.data.people.map(({ position }: Json) => position)
  t.deepEqual(await positions('filter=position[lt]:2'), [1])
  t.deepEqual(await positions('order_by=position[AscNullsLast]'), [1, 2, 3])
  t.deepEqual(await positions('order_by=position[DescNullsLast]'), [3, 2, 1])
})

test('an invalid cursor is refused', async (t) => {
  const { status, body } = await client.get('/rest/people?starting_after=invalid-cursor')
  t.is(status, 400)
  t.is(body.error, 'BadRequestException')
  t.regex(body.messages[0], /Invalid cursor/)
})

test('filters by the column that a relation is joined by', async (t) => {
  const { id } = await company()
  await create('people', { companyId: id })
  const { body } = await client.get(`/rest/people?filter=companyId[in]:["${id}"]`)
  t.is(body.totalCount, 1)
})

test('filter, order and page combine', async (t) => {
  const own = await alone([
    { jobTitle: 'b', position: 1 },
    { jobTitle: 'a', position: 2 },
    { position: 3 },
    { position: -1 },
  ])
  const { body } = await own.get(
    '/rest/people?filter=position[gt]:0&order_by=jobTitle[AscNullsFirst]&limit=2',
  )
  t.deepEqual(
    body.data.people.map(({ jobTitle }: Json) => jobTitle),
    ['', 'a'],
  )
  t.is(body.totalCount, 3)
})

test('depth decides whether a list shows companies, never their people', async (t) => {
  const { id: companyId } = await company()
  const { id } = await create('people', { companyId })
  const read = async (depth: number) =>
    (await client.get(`/rest/people?depth=${depth}&filter=id[eq]:${id}`)).body.data.people[0]
  t.false('company' in (await read(0)))
  t.is((await read(1)).company.id, companyId)
  t.false('people' in (await read(1)).company)
})

test('finds one record, or reports that it is missing', async (t) => {
  const { id } = await create('people', {})
  t.is((await client.get(`/rest/people/${id}`)).body.data.person.id, id)
  const { status, body } = await client.get(`/rest/people/${randomUUID()}`)
  t.is(status, 404)
  t.like(body, { error: 'NotFoundException', messages: ['Record not found'] })
})

test('updates the given fields, or reports a missing record', async (t) => {
  const { id: companyId } = await company()
  const { id } = await create('people', { companyId })
  const given = {
    name: { firstName: 'Ada', lastName: 'Byron' },
    emails: { primaryEmail: `${randomUUID()}@acme.test` },
  }
  const { status, body } = await client.request('PATCH', `/rest/people/${id}`, given)
  t.is(status, 200)
  t.like(body.data.updatePerson, { name: given.name, companyId })
  t.like(body.data.updatePerson.emails, given.emails)
  const missing = await client.request('PATCH', `/rest/people/${randomUUID()}`, given)
  t.is(missing.status, 404)
  t.like(missing.body, { error: 'NotFoundException', messages: ['Record not found'] })
})

test('deletes permanently, or reports a missing record', async (t) => {
  const { id } = await create('people', {})
  t.deepEqual((await client.request('DELETE', `/rest/people/${id}`)).body, { data: { deletePerson: { id } } })
  const missing = await client.request('DELETE', `/rest/people/${id}`)
  t.is(missing.status, 404)
  t.like(missing.body, { error: 'NotFoundException', messages: ['Record not found'] })
})

const data = async (query: string, variables: Json = {}) => {
  const { body, text } = await client.graphql(query, variables)
  if (body.errors) throw new Error(text)
  return body.data
}

test('creates people and one person, and finds them', async (t) => {
  const fields = 'id name { firstName } createdAt deletedAt searchVector'
  const { createPeople } = await data(
    `mutation ($d: [PersonCreateInput!]!) { createPeople(data: $d) { ${fields} } }`,
    { d: [{ name: { firstName: 'A' } }, { name: { firstName: 'B' } }] },
  )
  t.deepEqual(
    createPeople.map(({ name }: { name: Json }) => name.firstName),
    ['A', 'B'],
  )
  const { createPerson } = await data(`mutation { createPerson(data: { jobTitle: "C" }) { ${fields} } }`)
  const { person, people } = await data(
    'query ($id: UUID!) { person(filter: { id: { eq: $id } }) { id } people { edges { node { id } } } }',
    { id: createPerson.id },
  )
  t.is(person.id, createPerson.id)
  t.true(people.edges.some(({ node }: { node: Json }) => node.id === createPerson.id))
})

test('pages by full name, forward and then backward, without overlap', async (t) => {
  const own = await alone(
    ['b y', 'a z', 'a y', 'c x', 'b x'].map((name) => {
      const [firstName, lastName] = name.split(' ')
      return { name: { firstName, lastName } }
    }),
  )
  const page = async (args: string) => {
    const query = `{ people(${args}, orderBy: [{ name: { firstName: AscNullsLast } }, { name: { lastName: AscNullsLast } }]) {
      edges { node { name { firstName lastName } } } pageInfo { startCursor endCursor } } }`
    const { edges, pageInfo } = (await own.graphql(query)).body.data.people
    const names = edges.map(
      ({ node }: { node: { name: Json } }) => `${node.name.firstName} ${node.name.lastName}`,
    )
    return { names, pageInfo }
  }
  const first = await page('first: 2')
  const second = await page(`first: 2, after: "${first.pageInfo.endCursor}"`)
  const back = await page(`last: 2, before: "${second.pageInfo.startCursor}"`)
  t.deepEqual(first.names, ['a y', 'a z'])
  t.deepEqual(second.names, ['b x', 'b y'])
  t.deepEqual(back.names, first.names)
})

test('a trashed company leaves its people, and comes back to them', async (t) => {
  const { id } = await company()
  const { id: personId } = await create('people', { companyId: id })
  const read = async () =>
    (
      await data('query ($id: UUID!) { person(filter: { id: { eq: $id } }) { companyId company { id } } }', {
        id: personId,
      })
    ).person
  await data('mutation ($id: UUID!) { deleteCompany(id: $id) { id deletedAt } }', { id })
  t.deepEqual(await read(), { companyId: null, company: null })
  await data('mutation ($id: UUID!) { restoreCompany(id: $id) { id } }', { id })
  t.deepEqual(await read(), { companyId: id, company: { id } })
})
