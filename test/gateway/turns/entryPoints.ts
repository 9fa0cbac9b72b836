// A request of every route, in an order in which each finds what it needs. Records, keys, roles and the like
// are made by the requests themselves.

import type { Answer } from '../../support/gateway.ts'
import { METADATA_POINTS } from './metadataPoints.ts'
import { OPERATOR_POINTS } from './operatorPoints.ts'
import { type EntryPoint, idOf, keeping, type World } from './world.ts'

const get = (path: string | ((world: World) => string)) => (world: World) =>
  world.client.get(typeof path === 'string' ? path : path(world))

const RECORDS = '{ thing1s(first: 5) { edges { node { id value0 parent { id } } } } }'

const INTROSPECTION = `{ __schema { types { kind name description fields { name description args { name type { ...of } }
  type { ...of } } inputFields { name type { ...of } } enumValues { name } } } }
  fragment of on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`

/** Fields of GraphQL's own list of mistakes look for similar names among all. */
const MISSPELT = '{ thing1x(first: 5) { edges { node { id } } } companie { id } }'

/** Read by streams until the first bytes arrive. */
const opened = async ({ url, client }: World, path: string): Promise<Answer> => {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${client.token}` } })
  await response.body?.cancel()
  return { status: response.status, headers: response.headers, text: '', body: null }
}

const PUBLIC_POINTS: readonly EntryPoint[] = [
  ...['/', '/healthz', '/readyz', '/.well-known/jwks.json'].map((path) => ({
    route: `GET ${path}`,
    ask: get(path),
  })),
  { route: 'GET /console/session', status: 401, ask: get('/console/session') },
  { route: 'GET /console/usage', ask: get('/console/usage') },
  { route: 'GET /console/audit', ask: get('/console/audit') },
  {
    route: 'POST /console/session',
    status: 401,
    ask: ({ client }) => client.request('POST', '/console/session', { secret: 'x'.repeat(43) }),
  },
  {
    route: 'DELETE /console/session',
    status: 401,
    ask: ({ client }) => client.request('DELETE', '/console/session'),
  },
]

const GRAPHQL_POINTS: readonly EntryPoint[] = [
  { route: 'POST /graphql', what: 'records', isCold: true, ask: ({ client }) => client.graphql(RECORDS) },
  { route: 'POST /graphql', what: 'records again', ask: ({ client }) => client.graphql(RECORDS) },
  {
    route: 'POST /graphql',
    what: 'introspection',
    isCold: true,
    ask: ({ client }) => client.graphql(INTROSPECTION),
  },
  { route: 'POST /graphql', what: 'introspection again', ask: ({ client }) => client.graphql(INTROSPECTION) },
  {
    route: 'POST /graphql',
    what: 'a type',
    isCold: true,
    ask: ({ client }) => client.graphql('{ __type(name: "Query") { fields { name type { name } } } }'),
  },
  {
    route: 'POST /graphql',
    what: 'names that do not exist',
    isCold: true,
    status: 400,
    ask: ({ client }) => client.graphql(MISSPELT),
  },
  { route: 'GET /graphql', ask: get(`/graphql?query=${encodeURIComponent(RECORDS)}`) },
]

const OPENAPI_POINTS: readonly EntryPoint[] = ['/rest/open-api', '/open-api'].flatMap((root) =>
  ['core', 'metadata'].flatMap((subject): readonly EntryPoint[] => [
    { route: `GET ${root}/${subject}`, isCold: true, ask: get(`${root}/${subject}`) },
    { route: `GET ${root}/${subject}`, what: 'again', ask: get(`${root}/${subject}`) },
  ]),
)

const record = (world: World): string => `/rest/thing1s/${idOf(world, 'record')}`

const company = (world: World): string => `companies/${idOf(world, 'company')}`

/** Of an object with duplicates and a trash. */
const COMPANY_POINTS: readonly EntryPoint[] = [
  {
    route: 'POST /rest/batch/{plural}',
    ask: async (world) => {
      const made = await world.client.request('POST', '/rest/batch/companies', [{ name: 'A' }, { name: 'A' }])
      const [one, other] = made.body.data.createCompanies
      world.made.set('company', one.id).set('other company', other.id)
      return made
    },
  },
  {
    route: 'POST /rest/{plural}/duplicates',
    ask: (world) =>
      world.client.request('POST', '/rest/companies/duplicates', { ids: [idOf(world, 'company')] }),
  },
  {
    route: 'PATCH /rest/{plural}/merge',
    ask: (world) =>
      world.client.request('PATCH', '/rest/companies/merge', {
        ...{ ids: [idOf(world, 'company'), idOf(world, 'other company')] },
        ...{ conflictPriorityIndex: 0, dryRun: true },
      }),
  },
  {
    route: 'PATCH /rest/restore/{plural}',
    ask: ({ client }) => client.request('PATCH', '/rest/restore/companies?filter=name[eq]:A'),
  },
  {
    route: 'PATCH /rest/{plural}/restore',
    ask: ({ client }) => client.request('PATCH', '/rest/companies/restore?filter=name[eq]:A'),
  },
  {
    route: 'DELETE /rest/{plural}/{key}',
    ask: (world) => world.client.request('DELETE', `/rest/${company(world)}?soft_delete=true`),
  },
  {
    route: 'PATCH /rest/restore/{plural}/{key}',
    ask: (world) => world.client.request('PATCH', `/rest/restore/${company(world)}`),
  },
  {
    route: 'PATCH /rest/{plural}/{key}/restore',
    status: 404,
    ask: (world) => world.client.request('PATCH', `/rest/${company(world)}/restore`),
  },
]

const RECORD_POINTS: readonly EntryPoint[] = [
  { route: 'GET /rest/{plural}', isCold: true, ask: get('/rest/thing1s?limit=5&depth=1') },
  {
    route: 'POST /rest/{plural}',
    ask: (world) =>
      keeping(world, 'record', 'data.createThing1.id', world.client.request('POST', '/rest/thing1s', {})),
  },
  {
    route: 'POST /rest/batch/{plural}',
    ask: (world) =>
      keeping(
        world,
        'other record',
        'data.createThing1s.0.id',
        world.client.request('POST', '/rest/batch/thing1s', [{}, {}]),
      ),
  },
  { route: 'GET /rest/{plural}/{key}', ask: get(record) },
  {
    route: 'PATCH /rest/{plural}/{key}',
    ask: (world) => world.client.request('PATCH', record(world), { value0: null }),
  },
  {
    route: 'PATCH /rest/{plural}',
    ask: ({ client }) =>
      client.request('PATCH', '/rest/thing1s?filter=value0[is]:NOT_NULL', { value0: null }),
  },
  { route: 'GET /rest/{plural}/groupBy', ask: get('/rest/thing1s/groupBy?group_by=[{"value0":true}]') },
  ...COMPANY_POINTS,
  { route: 'GET /rest/{plural}/{key}/history', ask: get((world) => `${record(world)}/history`) },
  {
    route: 'POST /rest/{plural}/{key}/history/{position}/undo',
    status: 400,
    ask: (world) => world.client.request('POST', `${record(world)}/history/1.1/undo`, {}),
  },
  {
    route: 'DELETE /rest/{plural}/{key}/history',
    ask: (world) => world.client.request('DELETE', `${record(world)}/history`),
  },
  {
    route: 'DELETE /rest/{plural}/{key}',
    ask: (world) => world.client.request('DELETE', `${record(world)}?soft_delete=false`),
  },
  {
    route: 'DELETE /rest/{plural}',
    ask: ({ client }) => client.request('DELETE', '/rest/thing1s?filter=value0[is]:NULL&soft_delete=false'),
  },
]

const CHANGE_POINTS: readonly EntryPoint[] = [
  { route: 'GET /changes', isCold: true, ask: get('/changes') },
  { route: 'POST /changes/tickets', ask: ({ client }) => client.request('POST', '/changes/tickets', {}) },
  { route: 'GET /changes/stream', ask: (world) => opened(world, '/changes/stream') },
]

export const ENTRY_POINTS: readonly EntryPoint[] = [
  ...PUBLIC_POINTS,
  ...GRAPHQL_POINTS,
  ...OPENAPI_POINTS,
  ...METADATA_POINTS,
  ...RECORD_POINTS,
  ...CHANGE_POINTS,
  ...OPERATOR_POINTS,
]
