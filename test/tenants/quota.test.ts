import test from 'ava'
import { checkedLimits, setLimits } from '../../tenants/limits.ts'
import { measureSizes, readSize } from '../../tenants/quota/size.ts'
import { startTestGateway } from '../support/gateway.ts'
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
  await until('the gateway has heard of the quota', async () => (await create()).status === 403)
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
