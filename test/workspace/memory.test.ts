// The budget of all caches under pressure: what goes is freed, and requests go on.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { GraphQLSchema } from 'postgraphile/graphql'
import type { CacheUse } from '../../gateway/cache/budget.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { STANDARD_OBJECTS } from '../../tenants/model/standard/standard.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { ask, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/** Each needs 1.5 MB with its reads: 16 MB hold ten. */
const WORKSPACES = 14

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Counts schemas compiled from now on that are not freed. Each reads its types when it is made. */
const watchSchemas = () => {
  const { getTypeMap } = GraphQLSchema.prototype
  const seen = new WeakSet<GraphQLSchema>()
  const schemas: WeakRef<GraphQLSchema>[] = []
  GraphQLSchema.prototype.getTypeMap = function (this: GraphQLSchema) {
    if (!seen.has(this)) schemas.push(new WeakRef(this))
    seen.add(this)
    return getTypeMap.call(this)
  }
  return {
    compiled: (): number => schemas.length,
    kept: (): number => {
      collectGarbage()
      return schemas.filter((schema) => schema.deref() !== undefined).length
    },
    close: (): void => {
      GraphQLSchema.prototype.getTypeMap = getTypeMap
    },
  }
}

let gateway: TestGateway
const clients: Client[] = []

const addColumn = async (client: Client, name: string): Promise<void> => {
  const schema = quoteIdentifier(client.workspace.schemaName)
  await gateway.gateway.pool.query(`alter table ${schema}.company add column ${quoteIdentifier(name)} text`)
}

const caches = async (): Promise<Readonly<Record<string, CacheUse>> & { readonly total: number }> => {
  const { secret } = await createOperatorKey(gateway.gateway.pool, 'memory')
  const { status, body } = await ask(`${gateway.url}/admin/caches`, 'GET', undefined, {
    authorization: `Bearer ${secret}`,
  })
  if (status !== 200) throw new Error(`${status}`)
  return {
    ...Object.fromEntries(body.caches.map((each: CacheUse) => [each.name, each])),
    total: body.bytes,
  }
}

/** Plans of all objects. */
const readAll = async (client: Client): Promise<void> => {
  const read = async ({ namePlural }: { readonly namePlural: string }): Promise<void> => {
    const { status } = await client.get(`/rest/${namePlural}?depth=1`)
    if (status !== 200) throw new Error(`${namePlural} answered ${status}`)
  }
  await Promise.all(STANDARD_OBJECTS.map(read))
}

test.before(async () => {
  gateway = await startTestGateway({ environment: { CACHE_MEMORY_MB: '16' } })
  const enter = async (index: number): Promise<void> => {
    const client = await gateway.enter()
    await addColumn(client, `own${index}`)
    clients[index] = client
  }
  await Promise.all(Array.from({ length: WORKSPACES }, (_, index) => enter(index)))
})
test.after.always(() => gateway?.close())

test.serial('REST and OpenAPI compile no GraphQL schema', async (t) => {
  for (const client of clients.slice(0, 2)) await readAll(client)
  for (const client of clients) {
    const made = await client.request('POST', '/rest/companies', { name: 'Acme' })
    t.is(made.status, 201)
  }
  t.is((await clients[0]?.get('/rest/open-api/core'))?.status, 200)
  t.is(gateway.gateway.stats().compilations, 0)
})

test.serial(
  'schemas that go for lack of room are freed, and compiled again when they are needed',
  async (t) => {
    const watched = watchSchemas()
    t.teardown(watched.close)
    for (const [index, client] of clients.entries()) {
      const query = `{ companies(first: 1) { edges { node { id own${index} people { edges { node { id } } } } } } }`
      const { body } = await client.graphql(query)
      t.is(body.errors, undefined)
      t.is(body.data.companies.edges[0].node[`own${index}`], '')
      await readAll(client)
    }
    const { models, 'GraphQL schemas': schemas, total } = await caches()
    t.true(total <= 16 * 1024 * 1024)
    t.true((models?.evictions ?? 0) + (schemas?.evictions ?? 0) > 0)
    t.true((schemas?.entries ?? 0) < WORKSPACES)
    t.is(gateway.gateway.stats().compilations, WORKSPACES)
    t.is(watched.compiled(), WORKSPACES)
    await until('evicted schemas are freed', async () => {
      const kept = (await caches())['GraphQL schemas']?.entries ?? 0
      return watched.kept() <= kept
    })
    t.is((await clients[0]?.graphql('{ companies { edges { node { own0 } } } }'))?.body.errors, undefined)
  },
)

test.serial('a model that no workspace has any more goes at once', async (t) => {
  const [client] = clients
  if (client === undefined) return t.fail()
  const has = async (name: string): Promise<boolean> =>
    (await client.graphql(`{ companies { edges { node { ${name} } } } }`)).body.errors === undefined
  await has('own0')
  const { schemaVersions } = gateway.gateway.stats()
  for (const name of ['first', 'second']) {
    await addColumn(client, name)
    await until('the new column is there', () => has(name))
    t.true(gateway.gateway.stats().schemaVersions <= schemaVersions)
  }
})
