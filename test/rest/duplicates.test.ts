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

const create = async (plural: string, data: unknown[]): Promise<{ id: string }[]> => {
  const { status, body, text } = await client.request('POST', `/rest/batch/${plural}`, data)
  if (status !== 201) throw new Error(text)
  return Object.values<{ id: string }[]>(body.data)[0] ?? []
}
const idsOf = (records: readonly { readonly id: string }[]): string[] => records.map(({ id }) => id).sort()
const duplicates = (plural: string, body: unknown, query = '') =>
  client.request('POST', `/rest/${plural}/duplicates${query}`, body)

test('finds records that agree with the data on any criterion', async (t) => {
  const ada = { firstName: 'Ada', lastName: 'Byron' }
  const made = await create('people', [
    { name: ada, emails: { primaryEmail: 'ada@dup.test' } },
    { name: ada },
    { name: { firstName: 'Ada', lastName: 'Other' } },
  ])
  const { status, body } = await duplicates('people', { data: [{ name: ada }] })
  t.is(status, 200)
  t.is(body.data.length, 1)
  const [found] = body.data
  t.deepEqual(Object.keys(found), ['personDuplicates', 'totalCount', 'pageInfo'])
  t.is(found.totalCount, 2)
  t.deepEqual(idsOf(found.personDuplicates), idsOf(made.slice(0, 2)))
  t.false(found.pageInfo.hasNextPage)
  t.is(typeof found.pageInfo.startCursor, 'string')

  const several = await duplicates('people', {
    data: [
      { name: { firstName: 'No', lastName: 'One' } },
      { emails: { primaryEmail: 'ada@dup.test' } },
      { name: { firstName: 'Ada' } },
      {},
    ],
  })
  t.deepEqual(
    several.body.data.map(({ totalCount }: { totalCount: number }) => totalCount),
    [0, 1, 0, 0],
  )
  t.deepEqual(several.body.data[0], {
    personDuplicates: [],
    totalCount: 0,
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  })
})

test('finds duplicates of records, each without itself and without records in the trash', async (t) => {
  const [a, b, gone] = await create('companies', [{ name: 'Twin' }, { name: 'Twin' }, { name: 'Twin' }])
  await client.request('DELETE', `/rest/companies/${gone?.id}?soft_delete=true`)
  const { body } = await duplicates('companies', { ids: [b?.id, a?.id, randomUUID()] }, '?fields=name')
  t.deepEqual(
    body.data.map(({ companyDuplicates }: { companyDuplicates: unknown }) => companyDuplicates),
    [[{ id: a?.id, name: 'Twin' }], [{ id: b?.id, name: 'Twin' }], []],
  )
})

test('both protocols find the same duplicates', async (t) => {
  const made = await create('companies', [
    { name: 'Same', domainName: { primaryLinkUrl: 'https://one.test' } },
    { name: 'Same' },
    { name: 'Different', domainName: { primaryLinkUrl: 'https://two.test' } },
  ])
  const fields =
    '{ totalCount pageInfo { hasNextPage startCursor endCursor hasPreviousPage } edges { node { id name } } }'
  const byIds = await client.graphql(`query ($ids: [UUID]) { companyDuplicates(ids: $ids) ${fields} }`, {
    ids: made.map(({ id }) => id),
  })
  const rest = await duplicates('companies', { ids: made.map(({ id }) => id) }, '?fields=id,name')
  t.is(byIds.body.errors, undefined, byIds.text)
  type List = { edges: { node: unknown }[] }
  t.deepEqual(
    byIds.body.data.companyDuplicates.map(({ edges, ...list }: List) => ({
      companyDuplicates: edges.map(({ node }) => node),
      ...list,
    })),
    rest.body.data,
  )
  const byData = await client.graphql(
    `query ($data: [CompanyCreateInput]) { companyDuplicates(data: $data) { totalCount } }`,
    { data: [{ name: 'Same' }, { domainName: { primaryLinkUrl: 'https://two.test' } }, { name: '' }] },
  )
  t.deepEqual(byData.body.data.companyDuplicates, [{ totalCount: 2 }, { totalCount: 1 }, { totalCount: 0 }])
  const neither = await client.graphql('{ companyDuplicates { totalCount } }')
  t.is(neither.body.errors[0].message, 'You have to provide either "data" or "ids" argument')
})

test('refuses in the words of the contract', async (t) => {
  const refusals: readonly [string, unknown, string][] = [
    ['people', { data: [], ids: [] }, 'You cannot provide both "data" and "ids" arguments'],
    ['people', {}, 'You have to provide either "data" or "ids" argument'],
    ['people', { data: [{}], ids: [randomUUID()] }, 'You cannot provide both "data" and "ids" arguments'],
    ['people', { ids: ['x'] }, "'x' is not a valid UUID"],
    ['people', { ids: Array.from({ length: 61 }, () => randomUUID()) }, 'Duplicates of at most 60 records'],
    ['tasks', { ids: [randomUUID()] }, "Object 'task' does not have duplicate criteria defined."],
  ]
  for (const [plural, body, message] of refusals) {
    const answer = await duplicates(plural, body)
    t.is(answer.status, 400, message)
    t.true(answer.body.messages[0].includes(message), answer.text)
  }
  t.is((await client.get('/rest/people/duplicates')).status, 405)
})
