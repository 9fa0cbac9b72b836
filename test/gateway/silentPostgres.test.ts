// A Postgres that refuses connections, or keeps them open and answers nothing: every kind of request gets its
// answer, none waits longer than DATABASE_WAIT_MS allows, and all work again afterwards.

import test from 'ava'
import { createOperatorKey } from '../../tenants/operator.ts'
import { openTestDatabase } from '../support/database.ts'
import { type Answer, ask, clientAt, startTestGateway } from '../support/gateway.ts'
import { openProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'

const WAIT_MS = 2_000
/** Below the default and below one wait after the other, far above WAIT_MS: the machine may be slow. */
const BOUND_MS = 9_000

const database = await openTestDatabase()
const proxy = await openProxy(database.ownerUrl)
const near = await startTestGateway({ database })
const gateway = await startTestGateway({
  database: { ...database, ownerUrl: proxy.url },
  environment: { ADMIN_PORT: '0', DATABASE_WAIT_MS: String(WAIT_MS) },
})
const direct = await near.enter()
const client = clientAt(gateway.url, direct)
const created = await direct.request('POST', '/rest/companies', { name: 'Here' })
const { id } = created.body.data.createCompany
const { secret } = await createOperatorKey(database.pool, 'outage')
const operator = { authorization: `Bearer ${secret}` }
const probes = `http://127.0.0.1:${gateway.gateway.adminPort()}`
test.after.always(async () => {
  await gateway.close()
  await near.close()
  await proxy.close()
  await database.close()
})

let count = 0
const next = (): number => {
  count += 1
  return count
}
const newName = (): string => `thing${next()}`

const KINDS: Readonly<Record<string, () => Promise<Answer>>> = {
  'a read': () => client.get('/rest/companies?limit=1'),
  'a read for the first time': () => client.get(`/rest/people?filter=position[gt]:${next()}`),
  'a write': () => client.request('PATCH', `/rest/companies/${id}`, { name: 'There' }),
  'a query': () => client.graphql('{ companies(first: 1) { edges { node { id } } } }'),
  'a mutation': () => client.graphql(`mutation { updateCompany(id: "${id}", data: { name: "x" }) { id } }`),
  metadata: () => client.request('POST', '/metadata', { query: '{ objects { edges { cursor } } }' }),
  'a change of the model': () =>
    client.request('POST', '/rest/metadata/objects', {
      nameSingular: newName(),
      namePlural: newName(),
      labelSingular: 'Thing',
      labelPlural: 'Things',
    }),
  keys: () => client.request('POST', '/metadata', { query: '{ apiKeys { id } }' }),
  webhooks: () => client.get('/rest/metadata/webhooks'),
  changes: () => client.get('/changes'),
  documents: () => client.get('/rest/open-api/core'),
  'the list of workspaces': () => ask(`${gateway.url}/admin/workspaces`, 'GET', undefined, operator),
  'the running statements': () => ask(`${gateway.url}/admin/statements`, 'GET', undefined, operator),
  'readiness at the public port': () => ask(`${gateway.url}/readyz`, 'GET'),
  'readiness at the port for operators': () => ask(`${probes}/ready`, 'GET'),
}

const askAll = (): Promise<
  readonly { readonly kind: string; readonly status: number; readonly ms: number }[]
> =>
  Promise.all(
    Object.entries(KINDS).map(async ([kind, send]) => {
      const beganMs = performance.now()
      const { status } = await send()
      return { kind, status, ms: performance.now() - beganMs }
    }),
  )

const OUTAGES = {
  'refuses connections': [proxy.refuse, proxy.accept],
  'answers nothing': [async () => proxy.hush(''), async () => proxy.unhush()],
} as const

for (const [what, [begin, end]] of Object.entries(OUTAGES))
  test.serial(
    `every kind of request gets its answer in time while Postgres ${what}, and works afterwards`,
    async (t) => {
      t.timeout(180_000)
      const works = () =>
        until('all works', async () => (await askAll()).every(({ status }) => status < 300), 60_000, 200)
      await works()
      await begin()
      // What /readyz found is kept for half a second.
      const { 'readiness at the public port': ready } = KINDS
      await until('readiness is lost', async () => (await ready?.())?.status === 503, 60_000, 100)
      // At once, with what the gateway remembers; and again, when it remembers nothing.
      for (const when of ['first', 'then'])
        for (const { kind, status, ms } of await askAll()) {
          t.is(status, 503, `${when}: ${kind}`)
          t.true(ms < BOUND_MS, `${when}: ${kind} took ${Math.round(ms)} ms`)
        }
      await end()
      await works()
      t.is((await direct.get(`/rest/companies/${id}`)).status, 200)
    },
  )
