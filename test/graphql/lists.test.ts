import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client
/** Ids of companies by name: 'C00' … 'C24'. */
let ids: ReadonlyMap<string, string>

const COMPANIES = 25

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const data = Array.from({ length: COMPANIES }, (_, index) => ({
    name: `C${String(index).padStart(2, '0')}`,
    // Three cities and an absent one: ties and nulls decide.
    address: { addressCity: [null, 'Oslo', 'Bergen', 'Paris'][index % 4] },
    position: index,
  }))
  const created = await client.graphql(
    'mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { id name } }',
    { data },
  )
  ids = new Map(
    created.body.data.createCompanies.map(({ id, name }: { id: string; name: string }) => [name, id]),
  )
  const people = Array.from({ length: 70 }, (_, index) => ({
    name: { firstName: 'P', lastName: String(index).padStart(2, '0') },
    companyId: ids.get(index < 65 ? 'C00' : 'C01'),
  }))
  for (const part of [people.slice(0, 60), people.slice(60)])
    await client.graphql('mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }', {
      data: part,
    })
})
test.after.always(() => server?.close())

const LIST = `query ($first: Int, $last: Int, $offset: Int, $after: String, $before: String, $filter: CompanyFilterInput, $orderBy: [CompanyOrderByInput]) {
  companies(first: $first, last: $last, offset: $offset, after: $after, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id name address { addressCity } } }
  }
}`

const ask = async (variables: Record<string, unknown>) => {
  const { status, body } = await client.graphql(LIST, variables)
  return { status, errors: body.errors, list: body.data?.companies }
}
const namesOf = (list: { edges: { node: { name: string } }[] }) => list.edges.map(({ node }) => node.name)

test('lists by key, counts all and shows whether there is more', async (t) => {
  const { list } = await ask({ first: 10 })
  t.is(list.totalCount, COMPANIES)
  t.is(list.edges.length, 10)
  t.deepEqual(list.pageInfo, {
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: list.edges[0].cursor,
    endCursor: list.edges[9].cursor,
  })
  t.is((await ask({})).list.edges.length, COMPANIES)
  t.is((await ask({ first: 0 })).list.edges.length, 0)
})

test('pages forward and backward without losing or repeating a record, with ties and nulls', async (t) => {
  const cityFirst = [{ address: { addressCity: 'DescNullsLast' } }, { name: 'AscNullsFirst' }]
  const all = namesOf((await ask({ orderBy: cityFirst })).list)
  t.is(new Set(all).size, COMPANIES)

  const forward: string[] = []
  let after: string | null = null
  do {
    const { list } = await ask({ orderBy: cityFirst, first: 7, after })
    t.is(list.pageInfo.hasPreviousPage, after !== null)
    t.is(list.totalCount, COMPANIES)
    forward.push(...namesOf(list))
    after = list.pageInfo.hasNextPage ? list.pageInfo.endCursor : null
  } while (after !== null)
  t.deepEqual(forward, all)

  const backward: string[] = []
  let before: string | null = null
  do {
    const { list } = await ask({ orderBy: cityFirst, last: 7, before })
    t.is(list.pageInfo.hasNextPage, before !== null)
    backward.unshift(...namesOf(list))
    before = list.pageInfo.hasPreviousPage ? list.pageInfo.startCursor : null
  } while (before !== null)
  t.deepEqual(backward, all)

  const { list } = await ask({ orderBy: cityFirst, first: 5, offset: 3 })
  t.deepEqual(namesOf(list), all.slice(3, 8))
  t.true(list.pageInfo.hasPreviousPage)
})

test('a cursor of REST works on GraphQL and the other way round', async (t) => {
  const rest = await client.get('/rest/companies?order_by=name[DescNullsLast]&limit=3')
  const orderBy = [{ name: 'DescNullsLast' }]
  const { list } = await ask({ orderBy, first: 3 })
  t.deepEqual(
    [list.pageInfo.startCursor, list.pageInfo.endCursor],
    [rest.body.pageInfo.startCursor, rest.body.pageInfo.endCursor],
  )
  const next = await ask({ orderBy, first: 3, after: rest.body.pageInfo.endCursor })
  t.deepEqual(namesOf(next.list), ['C21', 'C20', 'C19'])
})

test('both protocols answer the same to the same question', async (t) => {
  const id = ids.get('C05') ?? ''
  const fields = `id name domainName { primaryLinkUrl primaryLinkLabel secondaryLinks }
    linkedinLink { primaryLinkUrl primaryLinkLabel secondaryLinks }
    address { addressStreet1 addressStreet2 addressCity addressPostcode addressState addressCountry addressLat addressLng }
    annualRevenue { amountMicros currencyCode } accountOwnerId createdAt updatedAt deletedAt
    createdBy { source workspaceMemberId name context } updatedBy { source workspaceMemberId name context } position searchVector`
  const query = `query ($id: UUID!) { company(filter: { id: { eq: $id } }) { ${fields} } }`
  const graphql = (await client.graphql(query, { id })).body.data.company
  const rest = (await client.get(`/rest/companies/${id}`)).body.data.company
  t.deepEqual(graphql, { searchVector: graphql.searchVector, ...rest })
})

test('nested lists hold 60 records of each parent, sorted and counted by themselves', async (t) => {
  const { body } = await client.graphql(`{
    companies(filter: { name: { in: ["C00", "C01", "C02"] } }, orderBy: { name: AscNullsFirst }) {
      edges { node { name
        people(orderBy: [{ name: { lastName: DescNullsLast } }]) {
          totalCount pageInfo { hasNextPage endCursor } edges { cursor node { name { lastName } company { name } } }
        }
      } }
    }
  }`)
  const [first, second, third] = body.data.companies.edges.map((edge: { node: unknown }) => edge.node)
  t.is(first.people.totalCount, 65)
  t.is(first.people.edges.length, 60)
  t.true(first.people.pageInfo.hasNextPage)
  t.is(first.people.edges[0].node.name.lastName, '64')
  t.is(first.people.edges[0].node.company.name, 'C00')
  t.is(second.people.totalCount, 5)
  t.deepEqual(third.people, { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] })

  const next = await client.graphql(
    `query ($id: UUID!, $after: String) { company(filter: { id: { eq: $id } }) {
      people(first: 3, after: $after, orderBy: [{ name: { lastName: DescNullsLast } }]) { edges { node { name { lastName } } } }
    } }`,
    { id: ids.get('C00'), after: first.people.pageInfo.endCursor },
  )
  t.deepEqual(
    next.body.data.company.people.edges.map(
      (edge: { node: { name: { lastName: string } } }) => edge.node.name.lastName,
    ),
    ['04', '03', '02'],
  )
})

test('refuses pages in the words of the contract', async (t) => {
  const refusals: readonly [Record<string, unknown>, string][] = [
    [{ first: 1, last: 1 }, 'Cannot provide both first and last'],
    [{ before: 'x', after: 'x' }, 'Cannot provide both before and after'],
    [{ before: 'x', first: 1 }, 'Cannot provide both before and first'],
    [{ after: 'x', last: 1 }, 'Cannot provide both after and last'],
    [{ first: -1 }, 'First argument must be non-negative'],
    [{ last: -1 }, 'Last argument must be non-negative'],
    [{ offset: -1 }, 'Offset argument must be non-negative'],
    [{ first: 201 }, 'First argument must be at most 200'],
    [{ last: 201 }, 'Last argument must be at most 200'],
    [{ after: 'nonsense' }, 'Invalid cursor: nonsense'],
    [{ after: 'eyJuYW1lIjoiQyJ9' }, 'Invalid cursor: eyJuYW1lIjoiQyJ9'],
  ]
  for (const [variables, message] of refusals) {
    const { status, errors, list } = await ask(variables)
    t.is(status, 200, message)
    t.is(list, null)
    t.is(errors.length, 1)
    t.is(errors[0].message, message)
    t.deepEqual(errors[0].path, ['companies'])
    t.is(errors[0].extensions.code, 'BAD_USER_INPUT')
  }
  t.deepEqual(namesOf((await ask({ first: 1, after: '' })).list).length, 1)
})

test('filters through relations, composites, groups and lists, as variables or as literals', async (t) => {
  const counts: readonly [string, number][] = [
    ['{ address: { addressCity: { eq: "Oslo" } } }', 6],
    ['{ address: { addressCity: { is: NULL } } }', 7],
    ['{ or: [{ name: { eq: "C00" } }, { name: { startsWith: "C2" } }] }', 6],
    ['{ not: { name: { startsWith: "C0" } } }', 15],
    ['{ and: [{ name: { ilike: "c1%" } }, { address: { addressCity: { neq: "Oslo" } } }] }', 8],
    ['{ position: { gte: 20 } }', 5],
    ['{ createdAt: { lt: "2000-01-01" } }', 0],
    ['{}', COMPANIES],
  ]
  for (const [filter, count] of counts) {
    const { body } = await client.graphql(`{ companies(filter: ${filter}) { totalCount } }`)
    t.is(body.data?.companies.totalCount, count, filter)
  }
  const related = await client.graphql(
    'query ($filter: PersonFilterInput) { people(filter: $filter) { totalCount } }',
    { filter: { company: { name: { eq: 'C01' } } } },
  )
  t.is(related.body.data.people.totalCount, 5)
})
