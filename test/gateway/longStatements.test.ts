// Long statements of one workspace, seen from outside: who waits, who is refused, and that the neighbours
// notice nothing.

import test from 'ava'
import { waitingTransactions } from '../../sql/ownerPool.ts'
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
  await until('the gateway knows it', async () => (await client.get('/rest/dreams?limit=1')).status === 504)
  t.is((await client.get('/rest/things')).status, 200)
})

test('changes that wait for a lock leave connections to the requests of others', async (t) => {
  const own = await startTestGateway({ environment: { PROCESSES: '4' } })
  t.teardown(() => own.close())
  const [noisy, quiet, third] = await Promise.all([1, 2, 3].map(() => own.enter()))
  if (noisy === undefined || quiet === undefined || third === undefined) return t.fail()
  const operator = { authorization: `Bearer ${(await createOperatorKey(own.gateway.pool, 'Root')).secret}` }
  const { rows: roles } = await own.database.pool.query<{ id: string }>(
    `select id from tenantry.roles where workspace_id = $1 and label = 'Admin'`,
    [third.workspace.id],
  )
  const locking = await own.database.pool.connect()
  await locking.query('begin; lock table tenantry.workspaces in share row exclusive mode')
  const changes = Array.from({ length: 6 }, (_, n) => [
    ask(`${own.url}/admin/workspaces`, 'POST', { name: `New ${n}`, standardObjects: false }, operator),
    noisy.request('POST', '/rest/metadata/objects', {
      ...{
        nameSingular: `thing${n}`,
        namePlural: `things${n}`,
        labelSingular: 'Thing',
        labelPlural: 'Things',
      },
    }),
  ]).flat()
  await until(
    'one has begun, and the others wait',
    async () => waitingTransactions(own.gateway.pool) === changes.length - 1,
  )
  // Cold: keys, permissions, models.
  t.is((await quiet.get('/rest/companies')).status, 200)
  t.is((await quiet.graphql('{ companies { totalCount } }')).status, 200)
  t.is((await quiet.get('/rest/metadata/objects?limit=1')).status, 200)
  t.is((await ask(`${own.url}/admin/workspaces?limit=1`, 'GET', undefined, operator)).status, 200)
  // A transaction that changes no schema.
  const key = { name: 'Key', roleId: roles[0]?.id, expiresAt: '2999-01-01T00:00:00.000Z' }
  t.is((await third.request('POST', '/rest/metadata/apiKeys', key)).status, 201)
  await locking.query('rollback')
  locking.release()
  t.deepEqual([...new Set((await Promise.all(changes)).map(({ status }) => status))], [201])
})
