import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

const ask = async (query: string, variables?: Record<string, unknown>) => {
  const { body, text } = await client.graphql(query, variables)
  if (body.errors !== undefined) throw new Error(text)
  return body.data
}

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

test('the trash is hidden in lists, nested lists, counts and to-one relations, and comes back whole', async (t) => {
  const { createCompany } = await ask('mutation { createCompany(data: { name: "Gone" }) { id } }')
  const { id } = createCompany
  const { createPeople } = await ask(
    'mutation ($id: ID) { createPeople(data: [{ companyId: $id, position: 1 }, { companyId: $id, position: 2 }]) { id } }',
    { id },
  )
  const people = 'people { totalCount edges { node { position companyId company { name } } } }'
  const nested = `query ($id: UUID!) { company(filter: { id: { eq: $id } }) { ${people} } }`

  await ask('mutation ($id: UUID!) { deletePerson(id: $id) { id } }', { id: createPeople[0].id })
  t.deepEqual((await ask(nested, { id })).company.people, {
    totalCount: 1,
    edges: [{ node: { position: 2, companyId: id, company: { name: 'Gone' } } }],
  })

  const { deleteCompany } = await ask(
    `mutation ($id: UUID!) { deleteCompany(id: $id) { deletedAt ${people} } }`,
    { id },
  )
  t.regex(deleteCompany.deletedAt, /^\d{4}-.*Z$/)
  t.is((await ask('{ companies { totalCount } }')).companies.totalCount, 0)
  t.deepEqual((await ask(`{ ${people} }`)).people, {
    totalCount: 1,
    edges: [{ node: { position: 2, companyId: null, company: null } }],
  })
  const trashed =
    '{ companies(filter: { deletedAt: { is: NOT_NULL } }) { totalCount edges { node { name } } } }'
  t.deepEqual((await ask(trashed)).companies, { totalCount: 1, edges: [{ node: { name: 'Gone' } }] })
  const either =
    '{ companies(filter: { or: [{ deletedAt: { is: NULL } }, { deletedAt: { is: NOT_NULL } }] }) { totalCount } }'
  t.is((await ask(either)).companies.totalCount, 1)

  await ask('mutation ($id: UUID!) { restoreCompany(id: $id) { id } }', { id })
  t.is((await ask(`{ ${people} }`)).people.edges[0].node.company.name, 'Gone')
  const twice = await client.graphql('mutation ($id: UUID!) { restoreCompany(id: $id) { id } }', { id })
  t.is(twice.body.errors[0].extensions.code, 'NOT_FOUND')
})
