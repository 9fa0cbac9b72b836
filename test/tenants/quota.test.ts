import test from 'ava'
import { checkedLimits, setLimits } from '../../tenants/limits.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { measureSizes, readSize } from '../../tenants/quota/size.ts'
import { addUsage, type UsageRow } from '../../tenants/usage.ts'
import { ask, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway()
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const limit = (id: string, limits: Record<string, number | null>) =>
  setLimits(pool, id, checkedLimits(limits))

for (const wrong of [{ maxRecords: -1 }, { maxBytes: 0.5 }, { maxObjects: '3' }, { maxFiles: 1 }])
  test(`refuses the quota ${JSON.stringify(wrong)}`, (t) => {
    t.throws(() => checkedLimits(wrong), { name: 'Refusal' })
  })

test('over a quota of records nothing is created, and everything else goes on', async (t) => {
  const client = await gateway.enter('Full')
  const { id, schemaName } = client.workspace
  const { body } = await client.request('POST', '/rest/companies', { name: 'First' })
  const first: string = body.data.createCompany.id
  await limit(id, { maxRecords: 2 })
  // By hand: counted, not refused.
  await pool.query(`insert into "${schemaName}".company (name) select 'x' from generate_series(1, 3)`)
  await pool.query(`analyze "${schemaName}".company`)
  await measureSizes(pool)
  const size = await readSize(pool, id)
  t.like(size, { areRecordsExact: true, quotaReached: 'records' })
  t.true((size?.records ?? 0) >= 4)

  const create = () => client.request('POST', '/rest/companies', { name: 'Late' })
  await until('the gateway knows the quota', async () => (await create()).status === 403)
  const refused = await create()
  t.is(refused.body.code, 'QUOTA_EXCEEDED')
  t.regex(refused.text, /quota of records/)
  const upsert = (data: object) => client.request('POST', '/rest/companies?upsert=true', data)
  t.is((await client.request('POST', '/rest/batch/companies', [{ name: 'a' }, { name: 'b' }])).status, 403)
  const late = await upsert({ id: '0199a000-0000-7000-8000-000000000001', name: 'Late' })
  t.deepEqual([late.status, late.body.code], [403, 'QUOTA_EXCEEDED'])
  const graphql = await client.graphql('mutation { createCompany(data: { name: "Late" }) { id } }')
  t.is(graphql.body.errors[0].extensions.subCode, 'QUOTA_EXCEEDED')

  t.true((await upsert({ id: first, name: 'Renamed' })).status < 300)
  t.is((await client.get(`/rest/companies/${first}`)).body.data.company.name, 'Renamed')
  t.is((await client.request('PATCH', `/rest/companies/${first}`, { name: 'Again' })).status, 200)
  t.is((await client.request('DELETE', `/rest/companies/${first}`)).status, 200)
  t.is((await pool.query(`select from "${schemaName}".company where name = 'Late'`)).rowCount, 0)

  await limit(id, { maxRecords: 1000 })
  await until('the quota is lifted', async () => (await create()).status === 201)
})

test('objects and webhooks are refused exactly at their quota', async (t) => {
  const client = await gateway.enter('Exact', { standardObjects: false })
  await limit(client.workspace.id, { maxObjects: 2, maxWebhooks: 1 })
  const object = (name: string) =>
    client.request('POST', '/rest/metadata/objects', {
      ...{ nameSingular: name, namePlural: `${name}s` },
      ...{ labelSingular: name, labelPlural: `${name}s` },
    })
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from pg_class where relnamespace = $1::regnamespace and relkind = 'r'`,
    [`"${client.workspace.schemaName}"`],
  )
  t.is(rows[0]?.count, 0)
  t.is((await object('ship')).status, 201)
  t.is((await object('port')).status, 201)
  const third = await object('dock')
  t.deepEqual([third.status, third.text.includes('QUOTA_EXCEEDED')], [403, true], third.text)
  t.is((await client.get('/rest/docks')).status, 404)

  const hook = () =>
    client.request('POST', '/rest/metadata/webhooks', {
      targetUrl: 'https://a.example/',
      operations: ['*.*'],
    })
  t.is((await hook()).status, 201)
  const second = await hook()
  t.deepEqual([second.status, second.text.includes('QUOTA_EXCEEDED')], [403, true], second.text)
})

test('the usage of a period is listed for bills, as JSON and CSV, page by page', async (t) => {
  const { secret } = await createOperatorKey(pool, 'bills', { scopes: ['read'] })
  const get = (query: string, headers = {}) =>
    ask(`${gateway.url}/admin/usage?${query}`, 'GET', undefined, {
      authorization: `Bearer ${secret}`,
      ...headers,
    })
  const [one, two] = [await gateway.enter('Billed one'), await gateway.enter('=Billed two')]
  const rowOf = (workspaceId: string, requests: number): UsageRow => ({
    ...{ workspaceId, callerId: workspaceId, route: 'x', requests, refused: 1, failed: 0 },
    ...{ totalMs: 5, latencies: [1] },
  })
  await addUsage(pool, [rowOf(one.workspace.id, 3), rowOf(two.workspace.id, 4)])
  await addUsage(pool, [rowOf(one.workspace.id, 2)])
  await pool.query(
    `insert into tenantry.usage_days (workspace_id, day, requests, records, bytes)
     values ($1, '2026-01-31', 10, 7, 70), ($1, '2026-02-01', 20, 5, 90), ($1, '2026-02-28', 30, 6, 80), ($1, '2026-03-01', 40, 1, 1)`,
    [two.workspace.id],
  )
  const now = (await get('search=billed&limit=1')).body
  t.like(now, { totalCount: 2, usage: [{ id: one.workspace.id, requests: 5, refused: 2, durationMs: 10 }] })
  const next = await get(`search=billed&limit=1&starting_after=${now.pageInfo.endCursor}`)
  t.like(next.body.usage[0], { id: two.workspace.id, requests: 4 })
  t.regex(String((await get('search=billed&limit=1')).headers.get('link')), /rel="next"/)

  const february = 'from=2026-02-01&to=2026-03-01'
  const billed = { requests: 50, records: 6, bytes: 80, peakRecords: 6, peakBytes: 90 }
  t.like((await get(february)).body, { from: '2026-02-01', to: '2026-03-01', totalCount: 1, usage: [billed] })
  const csv = await get(`${february}&format=csv`)
  t.regex(String(csv.headers.get('content-type')), /^text\/csv/)
  t.is(
    csv.text,
    `id,subdomain,requests,refused,failed,durationMs,records,bytes,peakRecords,peakBytes\r\n${two.workspace.id},${two.workspace.subdomain},50,0,0,0,6,80,6,90\r\n`,
  )
  t.is((await get(february, { accept: 'text/csv' })).text, csv.text)
  for (const wrong of [
    'from=2026-02-30',
    'to=soon',
    'from=2026-02-01&to=2026-02-01',
    'format=xml',
    'since=1',
  ])
    t.is((await get(wrong)).status, 400, wrong)
})
