// Long statements of one workspace, seen from outside: who waits, who is refused, and that the neighbours
// notice nothing.

import test from 'ava'
import { createOperatorKey } from '../../tenants/operator.ts'
import { ask, type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const server = await startTestGateway({ environment: { POOL_SIZE: '1' } })
const { pool } = server.gateway
const { secret } = await createOperatorKey(pool, `O'Brien "x"`)
test.after.always(() => server.close())

const limit = ({ workspace }: Client, limits: unknown) =>
  ask(`${server.url}/admin/workspaces/${workspace.id}/limits`, 'PATCH', limits, {
    authorization: `Bearer ${secret}`,
  })

/** A workspace with a view whose duration is configured in its settings table. */
const enterSleepy = async (seconds: number): Promise<Client> => {
  const client = await server.enter(undefined, { standardObjects: false })
  const schema = `"${client.workspace.schemaName}"`
  await pool.query(
    `create function ${schema}.pause() returns int language sql volatile as 'select 1 from pg_catalog.pg_sleep(${seconds})';
     create table ${schema}.thing (id uuid primary key default gen_random_uuid(), name text, size int);
     insert into ${schema}.thing (name, size) values ('x', 1);
     create view ${schema}.dream with (security_invoker) as select id, name, size, ${schema}.pause() as pause from ${schema}.thing`,
  )
  await until('the view is known', async () => (await client.get('/rest/things')).status === 200)
  return client
}

test('too many long statements are a 429 with the time to retry; everything else is answered', async (t) => {
  // Longer than half a second by more than a busy machine is allowed to add (sql/pipeline/latency.ts).
  const noisy = await enterSleepy(0.8)
  const quiet = await server.enter()
  t.is((await limit(noisy, { maxConcurrentStatements: 1 })).status, 200)
  for (let n = 0; n < 3; n++) t.is((await noisy.get('/rest/dreams?limit=1')).status, 200)
  const long = Array.from({ length: 40 }, () => noisy.get('/rest/dreams?limit=1'))
  t.is((await quiet.get('/rest/companies')).status, 200)
  const answers = await Promise.all(long)
  const refused = answers.filter(({ status }) => status === 429)
  t.true(refused.length > 0)
  t.true(answers.some(({ status }) => status === 200))
  for (const { body, headers } of refused) {
    t.regex(JSON.stringify(body), /Too many long statements/)
    t.true(Number(headers.get('retry-after')) > 0)
  }
})

test('hundreds of different questions at once are all answered', async (t) => {
  const client = await enterSleepy(0.01)
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, n) => {
      const conditions = Array.from(
        { length: (n % 100) + 1 },
        (_each, at) => `size[${at % 2 === 0 ? 'gte' : 'lte'}]:1`,
      )
      const path = ['/rest/things', '/rest/dreams'][n % 2]
      return client.get(`${path}?limit=1&filter=and(${conditions.join(',')})`)
    }),
  )
  t.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
})

test('a statement may run as long as its workspace allows', async (t) => {
  const client = await enterSleepy(5)
  await limit(client, { statementTimeoutMs: 100 })
  await until(
    'the gateway has heard of it',
    async () => (await client.get('/rest/dreams?limit=1')).status === 504,
  )
  t.is((await client.get('/rest/things')).status, 200)
})
