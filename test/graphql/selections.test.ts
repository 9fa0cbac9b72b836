// One way for every document: conditions, aliases and fragments anywhere, the schema beside records,
// relations of what was just written.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

const ask = async (query: string, variables?: Record<string, unknown>) => {
  const { body } = await client.graphql(query, variables)
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors))
  return body.data
}

test('conditions hold on fields, fragments and root fields, each combination by itself', async (t) => {
  const { createCompany } = await ask(
    'mutation { createCompany(data: { name: "Conditional", position: 0 }) { id } }',
  )
  const query = `query ($a: Boolean!, $b: Boolean = true) {
    companies(filter: { id: { eq: "${createCompany.id}" } }) @skip(if: $a) {
      totalCount @include(if: $b)
      edges { node { ... @include(if: $a) { id } ...named @skip(if: $b) } cursor @include(if: $a) }
    }
    people(first: 0) @include(if: $a) { __typename }
    __typename }
    fragment named on Company { name @include(if: $a) position }`
  const whole = { position: 0 }
  for (const a of [true, false])
    for (const b of [true, false, undefined]) {
      const data = await ask(query, b === undefined ? { a } : { a, b })
      const isB = b !== false
      const node = isB ? {} : whole
      t.deepEqual(
        data,
        {
          ...(a ? {} : { companies: { ...(isB ? { totalCount: 1 } : {}), edges: [{ node }] } }),
          ...(a ? { people: { __typename: 'PersonConnection' } } : {}),
          __typename: 'Query',
        },
        JSON.stringify({ a, b }),
      )
    }
})

test('the same records are selected several times under different names', async (t) => {
  await ask('mutation { createCompany(data: { name: "Twice" }) { id } }')
  const data = await ask(`{ companies(filter: { name: { eq: "Twice" } }) {
    one: edges { left: node { name } right: node { name id: __typename people { totalCount } } }
    two: edges { node { accountOwnerId } }
    first: totalCount totalCount } }`)
  t.deepEqual(data, {
    companies: {
      one: [{ left: { name: 'Twice' }, right: { name: 'Twice', id: 'Company', people: { totalCount: 0 } } }],
      two: [{ node: { accountOwnerId: null } }],
      first: 1,
      totalCount: 1,
    },
  })
})

test('introspection works beside records, with variables and fragments', async (t) => {
  const data = await ask(
    `query ($type: String!) { __type(name: $type) { ...named fields { name @skip(if: true) } } people(first: 0) { totalCount }
      shape: __schema { queryType { ...named } } }
      fragment named on __Type { kind label: name }`,
    { type: 'PageInfo' },
  )
  t.is(data.__type.label, 'PageInfo')
  t.deepEqual(data.__type.fields[0], {})
  t.is(typeof data.people.totalCount, 'number')
  t.deepEqual(data.shape, { queryType: { kind: 'OBJECT', label: 'Query' } })
})

test("the relations in a write's answer are those after the write", async (t) => {
  const { createCompany } = await ask('mutation { createCompany(data: { name: "Home" }) { id } }')
  const { createPerson } = await ask(
    `mutation ($company: ID!) { createPerson(data: { name: { firstName: "Ada" }, companyId: $company }) {
      id company { name people(first: 5) { totalCount edges { node { name { firstName } } } } } } }`,
    { company: createCompany.id },
  )
  t.deepEqual(createPerson.company, {
    name: 'Home',
    people: { totalCount: 1, edges: [{ node: { name: { firstName: 'Ada' } } }] },
  })
  const { createPeople } = await ask(
    `mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { name { firstName } company { people { totalCount } } } }`,
    {
      data: ['Grace', 'Joan', 'Mary'].map((firstName) => ({
        name: { firstName },
        companyId: createCompany.id,
      })),
    },
  )
  t.deepEqual(
    createPeople,
    ['Grace', 'Joan', 'Mary'].map((firstName) => ({
      name: { firstName },
      company: { people: { totalCount: 4 } },
    })),
  )
  const { destroyPerson } = await ask(
    `mutation { destroyPerson(id: "${createPerson.id}") { name { firstName } company { name people { totalCount } } } }`,
  )
  t.deepEqual(destroyPerson, {
    name: { firstName: 'Ada' },
    company: { name: 'Home', people: { totalCount: 3 } },
  })
  const rest = await client.request('POST', '/rest/people?depth=1', {
    name: { firstName: 'Edith' },
    companyId: createCompany.id,
  })
  t.is(rest.status, 201)
  t.is(rest.body.data.createPerson.company.name, 'Home')
})

test('a batch of a wide table is answered with its relations, however many values that takes', async (t) => {
  const wide = await startTestGateway({ environment: { MAX_BATCH: '200' } })
  t.teardown(() => wide.close())
  const guest = await wide.enter('Wide')
  const schema = `"${guest.workspace.schemaName.replaceAll('"', '""')}"`
  const columns = Array.from({ length: 400 }, (_, at) => `c${at} text default 'x'`).join(', ')
  await wide.gateway.pool.query(
    `create table ${schema}.broad (id integer primary key, parent_id integer references ${schema}.broad, ${columns})`,
  )
  const fields = Array.from({ length: 400 }, (_, at) => `c${at}`).join(' ')
  const query = `mutation ($data: [BroadCreateInput!]!) { createBroads(data: $data) { id parent { id broadsByParent { totalCount } } ${fields} } }`
  const data = Array.from({ length: 200 }, (_, at) => ({ id: at, parentId: at === 0 ? null : 0 }))
  const { body } = await guest.graphql(query, { data })
  t.is(body.errors, undefined, JSON.stringify(body.errors)?.slice(0, 500))
  const made: { id: number; parent: unknown; c399: string }[] = body.data.createBroads
  t.deepEqual(
    made.map(({ id }) => id),
    data.map(({ id }) => id),
  )
  t.deepEqual(made[199]?.parent, { id: 0, broadsByParent: { totalCount: 199 } })
  t.is(made[199]?.c399, 'x')
})

test('a merge answers with the records that were moved to it, over both protocols', async (t) => {
  const pair = async (name: string) => {
    const { createCompanies } = await ask(
      `mutation { createCompanies(data: [{ name: "${name} A" }, { name: "${name} B" }]) { id } }`,
    )
    const [kept, other] = createCompanies
    await ask(
      `mutation { createPerson(data: { name: { firstName: "${name}" }, companyId: "${other.id}" }) { id } }`,
    )
    return [kept.id, other.id]
  }
  const ids = await pair('Graph')
  const { mergeCompanies } = await ask(
    `mutation ($ids: [UUID!]!) { mergeCompanies(ids: $ids, conflictPriorityIndex: 0) { people { edges { node { name { firstName } } } } } }`,
    { ids },
  )
  t.deepEqual(mergeCompanies, { people: { edges: [{ node: { name: { firstName: 'Graph' } } }] } })
  const rest = await client.request('PATCH', '/rest/companies/merge?depth=1', {
    ids: await pair('Rest'),
    conflictPriorityIndex: 0,
  })
  t.is(rest.status, 200)
  t.deepEqual(
    rest.body.data.mergeCompany.people.map(({ name }: { name: { firstName: string } }) => name.firstName),
    ['Rest'],
  )
})

test('an error of one root field stands at its path, and the others are answered', async (t) => {
  const { body } = await client.graphql(`{ first: companies(first: -1) { totalCount }
    second: people(first: 1) { totalCount } third: company(filter: { name: { eq: "nowhere" } }) { id } }`)
  t.is(body.data.first, null)
  t.is(typeof body.data.second.totalCount, 'number')
  t.is(body.data.third, null)
  t.deepEqual(body.errors.map(({ path }: { path: unknown }) => path).sort(), [['first'], ['third']])
  for (const { locations } of body.errors) t.is(locations.length, 1)
})

test('an entry of a batch that goes on has its error at its place in the list', async (t) => {
  const { body } = await client.graphql(
    `mutation { created: createCompanies(onError: CONTINUE, data: [{ name: "Fine" }, { position: "nowhere" }, { name: "Fine too" }]) { name } }`,
  )
  t.deepEqual(body.data.created, [{ name: 'Fine' }, null, { name: 'Fine too' }])
  t.deepEqual(
    body.errors.map(({ path }: { path: unknown }) => path),
    [['created', 1]],
  )
})
