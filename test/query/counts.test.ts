import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { type Answer, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

let server: TestGateway
let client: Client
/** Sees the tallies of kind `rare`. */
let narrow: Client

/** More than an estimate counts. */
const MANY = 10_500
const RARE = 70

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const { id, schemaName } = client.workspace
  const { pool } = server.gateway
  const table = `${quoteIdentifier(schemaName)}.tally`
  await pool.query(
    `create table ${table} (id int primary key, kind text not null);
     insert into ${table} select n, case when n <= ${RARE} then 'rare' else 'usual' end from generate_series(1, ${MANY}) n;
     analyze ${table}`,
  )
  const role = await createRole(pool, id, { label: 'Narrow', canReadAllObjectRecords: true })
  await upsertRowRules(pool, id, role.id, 'tally', {
    rules: [{ column: 'kind', operand: 'IS', value: 'rare' }],
    groups: [],
  })
  narrow = await server.client(client.workspace, 'Narrow')
  await until('the table is served', async () => (await client.get('/rest/tallies')).status === 200)
})
test.after.always(() => server?.close())

const prefer = (path: string, header: string, by = client): Promise<Answer> =>
  by.request('GET', path, undefined, { prefer: header })

test('totals are counted, estimated or left out, by parameter or by preference', async (t) => {
  const exact = await client.get('/rest/tallies?limit=2')
  t.like(exact.body, { totalCount: MANY, pageInfo: { hasNextPage: true } })
  t.false('totalCountIsEstimate' in exact.body)
  const none = await client.get('/rest/tallies?limit=2&count=none')
  t.like(none.body, { totalCount: null, pageInfo: { hasNextPage: true } })
  t.deepEqual(none.body.data, exact.body.data)
  const estimated = await client.get('/rest/tallies?limit=2&count=estimated')
  t.like(estimated.body, { totalCountIsEstimate: true, data: exact.body.data })
  t.true(Math.abs(estimated.body.totalCount - MANY) <= MANY / 10)
  const preferred = await prefer('/rest/tallies?limit=2', 'count=none, return=representation')
  t.is(preferred.body.totalCount, null)
  t.is(preferred.headers.get('preference-applied'), 'count=none')
  const both = await prefer('/rest/tallies?limit=2&count=exact', 'count=none')
  t.is(both.body.totalCount, MANY)
  t.is(both.headers.get('preference-applied'), null)
  for (const refused of [
    await client.get('/rest/tallies?count=some'),
    await prefer('/rest/tallies', 'count=all'),
  ])
    t.like(refused, { status: 400, body: { error: 'BadRequestException' } })
})

test('up to 10,000 records an estimate is a count, and so is the total of a page that is not full', async (t) => {
  for (const [query, total] of [
    ['filter=kind[eq]:rare&limit=3', RARE],
    ['filter=kind[eq]:rare&limit=200', RARE],
    ['filter=kind[eq]:never', 0],
    ['filter=kind[eq]:rare&limit=0', RARE],
    ['filter=id[lte]:10000&limit=1', 10_000],
  ] as const)
    for (const count of ['exact', 'estimated']) {
      const { body, text } = await client.get(`/rest/tallies?${query}&count=${count}`)
      t.is(body.totalCount, total, text)
      t.false('totalCountIsEstimate' in body)
    }
  const { body: page } = await client.get('/rest/tallies?filter=kind[eq]:rare&limit=60')
  const { body: next } = await client.get(
    `/rest/tallies?filter=kind[eq]:rare&limit=60&starting_after=${page.pageInfo.endCursor}`,
  )
  t.like(next, { totalCount: RARE, pageInfo: { hasNextPage: false, hasPreviousPage: true } })
  t.is(next.data.tallies.length, RARE - 60)
})

const PART = 'totalCount totalCountIsEstimate edges { node { id } }'
const MANY_TALLIES = `{ tallies(first: 1) { ${PART} } }`
const RARE_TALLIES = `{ tallies(first: 1, offset: 5, filter: { kind: { eq: "rare" } }) { ${PART} } }`

const ask = async (query: string, header?: string) => {
  const headers: Record<string, string> = header === undefined ? {} : { prefer: header }
  const answer = await client.request('POST', '/graphql', { query }, headers)
  return { ...answer, tallies: answer.body.data?.tallies }
}

test.serial('GraphQL follows the preference, and the setting of the workspace', async (t) => {
  const exact = { totalCountIsEstimate: false, edges: [{ node: { id: 1 } }] }
  const rare = { totalCount: RARE, totalCountIsEstimate: false, edges: [{ node: { id: 6 } }] }
  t.deepEqual((await ask(MANY_TALLIES)).tallies, { ...exact, totalCount: MANY })
  t.deepEqual((await ask(RARE_TALLIES)).tallies, rare)
  const estimated = await ask(MANY_TALLIES, 'count=estimated')
  t.is(estimated.headers.get('preference-applied'), 'count=estimated')
  t.true(estimated.tallies.totalCountIsEstimate && estimated.tallies.totalCount > 10_000)
  t.deepEqual((await ask(RARE_TALLIES, 'count=estimated')).tallies, rare)
  // Beside another aggregate all rows are read anyway, so they are counted.
  const beside = await ask('{ tallies { totalCount totalCountIsEstimate maxId } }', 'count=estimated')
  t.deepEqual(beside.tallies, { totalCount: MANY, totalCountIsEstimate: false, maxId: MANY })
  const flag = await ask('{ tallies { totalCountIsEstimate } }', 'count=estimated')
  t.deepEqual(flag.tallies, { totalCountIsEstimate: true })
  const filtered = '{ tallies(filter: { kind: { eq: "rare" } }) { totalCountIsEstimate } }'
  t.deepEqual((await ask(filtered, 'count=none')).tallies, { totalCountIsEstimate: false })
  const none = await ask(`{ tallies(first: 1) { ${PART} maxId } }`, 'count="none"')
  t.deepEqual(none.tallies, { ...exact, totalCount: null, maxId: MANY })
  t.deepEqual((await ask('{ tallies { totalCount } }', 'count=none')).tallies, { totalCount: null })
  t.is((await ask(MANY_TALLIES, 'count=some')).status, 400)
  const set = (countMode: string | null) =>
    client.request('POST', '/metadata', {
      query:
        'mutation ($countMode: String) { updateWorkspace(data: { countMode: $countMode }) { countMode } }',
      variables: { countMode },
    })
  t.is((await set('none')).body.data.updateWorkspace.countMode, 'none')
  t.is((await client.get('/rest/tallies?limit=1')).body.totalCount, null)
  t.is((await ask(MANY_TALLIES)).tallies.totalCount, null)
  t.is((await ask(MANY_TALLIES, 'count=exact')).tallies.totalCount, MANY)
  t.truthy((await set('many')).body.errors)
  t.is((await set(null)).body.data.updateWorkspace.countMode, 'exact')
})

test('lists inside records have counts, or none', async (t) => {
  const { body } = await client.request('POST', '/rest/companies', { name: 'Nest' })
  const companyId = body.data.createCompany.id
  await client.request('POST', '/rest/batch/people', [
    { jobTitle: 'A', companyId },
    { jobTitle: 'B', companyId },
  ])
  const query = `{ companies(filter: { id: { eq: "${companyId}" } }) { edges { node {
    whole: people(first: 1) { totalCount totalCountIsEstimate countNotEmptyJobTitle edges { node { jobTitle } } }
    total: people { totalCount } } } } }`
  const nested = async (header?: string) => {
    const headers: Record<string, string> = header === undefined ? {} : { prefer: header }
    const answer = await client.request('POST', '/graphql', { query }, headers)
    return answer.body.data.companies.edges[0].node
  }
  const whole = {
    totalCountIsEstimate: false,
    countNotEmptyJobTitle: 2,
    edges: [{ node: { jobTitle: 'A' } }],
  }
  for (const header of [undefined, 'count=estimated'])
    t.deepEqual(await nested(header), { whole: { totalCount: 2, ...whole }, total: { totalCount: 2 } })
  t.deepEqual(await nested('count=none'), {
    whole: { totalCount: null, ...whole },
    total: { totalCount: null },
  })
})

test('a role with record rules gets the number of its own records, in every way of counting', async (t) => {
  for (const count of ['exact', 'estimated'])
    for (const limit of [1, 200]) {
      const { body, text } = await narrow.get(`/rest/tallies?count=${count}&limit=${limit}`)
      t.is(body.totalCount, RARE, text)
      t.false('totalCountIsEstimate' in body)
    }
  t.is((await narrow.get('/rest/tallies?filter=kind[eq]:usual&count=estimated')).body.totalCount, 0)
})
