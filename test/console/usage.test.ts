import test from 'ava'
import { createKey, revokeKey } from '../../tenants/key.ts'
import { setLimits } from '../../tenants/limits.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { addMember, signIn, signInMember } from '../support/console.ts'
import { ask, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const environment = {
  API_RATE_LIMIT_PER_MINUTE: '20',
  SESSION_RATE_LIMIT_PER_MINUTE: '50',
}
const gateway = await startTestGateway({ environment })
const other = await startTestGateway({ environment, database: gateway.database })
const { pool } = gateway.gateway
test.after.always(async () => {
  await other.close()
  await gateway.close()
})

const usageOf = async (authorization: string, url = gateway.url) =>
  (await ask(`${url}/console/usage`, 'GET', undefined, { authorization: `Bearer ${authorization}` })).body

/** What was counted in the last two hours, since a test may begin in one and end in the next. */
const recent = (usage: { readonly hours: readonly Record<string, number>[] }) =>
  Object.fromEntries(
    ['requests', 'refused', 'failed'].map((name) => [
      name,
      usage.hours.slice(-2).reduce((sum, hour) => sum + (hour[name] ?? 0), 0),
    ]),
  )

test('usage reports the limit of this minute, the requests of every key and the last 24 hours', async (t) => {
  const client = await gateway.enter()
  const second = await gateway.client(client.workspace, 'Guest')
  for (let index = 0; index < 25; index += 1) await client.get('/rest/companies')
  await second.get('/rest/people')
  await second.get('/rest/people/0199a000-0000-7000-8000-000000000001')
  await second.get('/rest/nothing-like-it')
  await second.get('/rest/nor-like-it')
  await second.graphql('{ companies { totalCount } }')
  const askedAtMs = Date.now()
  const usage = await usageOf(client.token)
  t.like(usage.limit, { perMinute: 20, used: 20 })
  t.true(usage.limit.resetSeconds > 0 && usage.limit.resetSeconds <= 60)
  t.deepEqual(
    usage.keys.map(({ name, used, perMinute }: Record<string, unknown>) => ({ name, used, perMinute })),
    [
      { name: 'Key of Guest', used: 5, perMinute: 20 },
      { name: 'Key of Admin', used: 20, perMinute: 20 },
    ],
  )
  t.is(usage.hours.length, 24)
  const hours = usage.hours.map(({ at }: { at: string }) => Date.parse(at))
  t.deepEqual(
    hours,
    hours.toSorted((a: number, b: number) => a - b),
  )
  t.true(askedAtMs - hours.at(-1) < 3_600_000)
  t.like(recent(usage), { requests: 30, refused: 5, failed: 3 })
  t.like(usage.hours[0], { requests: 0, refused: 0, failed: 0 })
  const counted = Object.fromEntries(
    usage.routes.map(({ route, requests }: { route: string; requests: number }) => [route, requests]),
  )
  t.deepEqual(counted, {
    'GET /rest/companies': 20,
    'GET /rest/people': 1,
    'GET /rest/people/{key}': 1,
    'POST /graphql': 1,
    'GET (unknown path)': 7,
  })
  for (const { averageMs, p95Ms } of usage.routes) t.true(averageMs > 0 && p95Ms > 0)
  const averages = usage.routes.map(({ averageMs }: { averageMs: number }) => averageMs)
  t.deepEqual(
    averages,
    averages.toSorted((a: number, b: number) => b - a),
  )
})

test('reading usage does not count as usage, and has its own limit', async (t) => {
  const client = await gateway.enter()
  await client.get('/rest/companies')
  for (let index = 0; index < 5; index += 1) await usageOf(client.token)
  const answer = await client.get('/console/usage')
  t.is(answer.headers.get('x-ratelimit-limit'), '50')
  t.like(answer.body.limit, { used: 1 })
  t.like(recent(answer.body), { requests: 1 })
  const statuses = await Promise.all(
    Array.from({ length: 60 }, async () => (await client.get('/console/usage')).status),
  )
  t.true(statuses.includes(429))
  t.is((await client.request('POST', '/console/usage', {})).status, 405)
  t.is((await ask(`${gateway.url}/console/usage`, 'GET')).status, 401)
  t.is((await ask(`${gateway.url}/console/usage`, 'OPTIONS')).headers.get('allow'), 'GET, HEAD, OPTIONS')
})

test('the counts of several gateways add up', async (t) => {
  const client = await gateway.enter()
  await client.get('/rest/companies')
  const authorization = `Bearer ${client.token}`
  for (let index = 0; index < 3; index += 1)
    await ask(`${other.url}/rest/companies`, 'GET', undefined, { authorization })
  await usageOf(client.token, other.url)
  t.like(recent(await usageOf(client.token)), { requests: 4 })
})

test('a caller who manages neither keys nor the workspace sees only their own usage', async (t) => {
  const client = await gateway.enter()
  const guest = await gateway.client(client.workspace, 'Guest')
  await client.get('/rest/companies')
  await guest.get('/rest/people')
  const usage = await usageOf(guest.token)
  t.deepEqual(
    usage.keys.map(({ name }: { name: string }) => name),
    ['Key of Guest'],
  )
  t.like(recent(usage), { requests: 1 })
  t.deepEqual(
    usage.routes.map(({ route }: { route: string }) => route),
    ['GET /rest/people'],
  )
  const memberId = await addMember(pool, client.workspace.schemaName)
  const person = await signInMember(gateway.url, pool, client.workspace.id, memberId)
  await person.request('GET', '/rest/companies')
  const own = (await person.request('GET', '/console/usage')).body
  // Signing in is a request, too.
  t.like(own.limit, { perMinute: 50, used: 2 })
  t.deepEqual(own.keys, [])
  t.like(recent(own), { requests: 1 })
  const otherClient = await gateway.enter()
  t.like(recent(await usageOf(otherClient.token)), { requests: 0 })
})

test('usage reports the limits in force, and lists no unusable keys', async (t) => {
  const client = await gateway.enter()
  const { id: workspaceId } = client.workspace
  await setLimits(pool, workspaceId, { keyRateLimitPerMinute: 7 })
  const role = await findRole(pool, workspaceId, 'Guest')
  const key = { workspaceId, roleId: role.id, expiresAt: new Date(Date.now() + 3_600_000) }
  await createKey(pool, { ...key, name: 'own limit', rateLimitPerMinute: 3 })
  const revoked = await createKey(pool, { ...key, name: 'revoked' })
  await revokeKey(pool, revoked.id)
  await until('the limit holds', async () => (await usageOf(client.token)).limit.perMinute === 7)
  const { keys } = await usageOf(client.token)
  t.deepEqual(
    keys.map(({ name, perMinute }: Record<string, unknown>) => [name, perMinute]),
    [
      ['own limit', 3],
      ['Key of Admin', 7],
    ],
  )
})

test('operators have no workspace to look at', async (t) => {
  const { secret } = await createOperatorKey(pool, 'Op')
  const operator = await signIn(gateway.url, { operatorKey: secret })
  t.is((await operator.request('GET', '/console/usage')).status, 401)
})

test('old hours are deleted, and a dropped workspace does not stop the count of others', async (t) => {
  const client = await gateway.enter()
  await client.get('/rest/companies')
  await usageOf(client.token)
  await pool.query(`update tenantry.usage set hour = hour - interval '3 days' where workspace_id = $1`, [
    client.workspace.id,
  ])
  await client.get('/rest/companies')
  const doomed = await gateway.enter()
  await doomed.get('/rest/companies')
  await pool.query('delete from tenantry.workspaces where id = $1', [doomed.workspace.id])
  t.like(recent(await usageOf(client.token)), { requests: 1 })
  const { rows } = await pool.query('select requests from tenantry.usage where workspace_id = $1', [
    client.workspace.id,
  ])
  t.is(rows.length, 1)
})
