import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const WORKSPACES = 50
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

const ask = async (client: Client): Promise<number> => {
  const answer = await client.graphql('{ companies(first: 1) { totalCount } }')
  if (answer.status !== 200 || answer.body.errors) throw new Error(answer.text)
  return answer.body.data.companies.totalCount
}

test.serial(
  'fifty workspaces of one shape are compiled once, and a change of one of them once more',
  async (t) => {
    t.timeout(120_000)
    const clients: Client[] = []
    for (let index = 0; index < WORKSPACES; index += 1) clients.push(await server.enter(`Tenant ${index}`))
    await Promise.all(clients.map(ask))
    t.like(server.gateway.stats(), { schemaVersions: 1, compilations: 1, workspaces: WORKSPACES })

    const [changed, neighbour] = clients
    if (changed === undefined || neighbour === undefined) return t.fail()
    const schema = quote(changed.workspace.schemaName)
    await server.gateway.pool.query(`alter table ${schema}.company add column motto text`)
    // Until the role may read it, an introspection would compile what the role is shown meanwhile.
    await until('the column is there', async () => {
      const { body } = await changed.graphql('{ companies(first: 1) { edges { node { motto } } } }')
      return body.errors === undefined
    })
    const created = await changed.graphql('mutation { createCompany(data: { motto: "Ad astra" }) { motto } }')
    t.deepEqual(created.body, { data: { createCompany: { motto: 'Ad astra' } } })
    t.like(server.gateway.stats(), { schemaVersions: 2, compilations: 2 })

    const unknown = await neighbour.graphql('{ companies { edges { node { motto } } } }')
    t.is(unknown.status, 400)
    t.is(await ask(neighbour), 0)
    t.like(server.gateway.stats(), { schemaVersions: 2, compilations: 2 })
  },
)

test.serial('workspaces of one shape never see each other, over either protocol', async (t) => {
  const [a, b] = [await server.enter('A'), await server.enter('B')]
  const made = await a.request('POST', '/rest/companies', { name: 'Secret' })
  const { id } = made.body.data.createCompany
  const read = '{ companies { totalCount edges { node { id name } } } }'
  t.is((await a.graphql(read)).body.data.companies.totalCount, 1)
  t.is((await b.graphql(read)).body.data.companies.totalCount, 0)
  const one = await b.graphql('query ($id: UUID!) { company(filter: { id: { eq: $id } }) { name } }', { id })
  t.is(one.body.errors[0].extensions.code, 'NOT_FOUND')
  for (const write of [
    'mutation ($id: UUID!) { updateCompany(id: $id, data: { name: "Stolen" }) { id } }',
    'mutation ($id: UUID!) { deleteCompany(id: $id) { id } }',
    'mutation ($id: UUID!) { destroyCompany(id: $id) { id } }',
  ])
    t.is((await b.graphql(write, { id })).body.errors[0].extensions.code, 'NOT_FOUND', write)
  t.is((await a.get(`/rest/companies/${id}`)).body.data.company.name, 'Secret')
  // The same question at the same moment on shared connections: each gets its own answer.
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => (index % 2 ? a : b).get('/rest/companies')),
  )
  t.deepEqual(
    answers.map(({ body }) => body.totalCount),
    answers.map((_, index) => (index % 2 ? 1 : 0)),
  )
})

test.serial('a workspace that is dropped or suspended stops answering', async (t) => {
  const { suspendWorkspace, resumeWorkspace } = await import('../../tenants/workspace.ts')
  const { dropWorkspace } = await import('../../tenants/life/purge.ts')
  const client = await server.enter('Leaving')
  const becomes = (status: number): Promise<void> =>
    until(
      `its requests are answered by ${status}`,
      async () => (await client.get('/rest/companies')).status === status,
    )
  await becomes(200)
  await suspendWorkspace(server.gateway.pool, client.workspace.id)
  await becomes(403)
  await resumeWorkspace(server.gateway.pool, client.workspace.id)
  await becomes(200)
  await dropWorkspace(server.gateway.pool, client.workspace.id)
  await becomes(401)
  t.pass()
})
