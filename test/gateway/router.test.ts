import test from 'ava'
import fc from 'fast-check'
import type { Context, Route } from '../../gateway/http/context.ts'
import { createMatcher } from '../../gateway/http/router.ts'
import { lazyRows } from '../../gateway/http/surface.ts'
import { RECORD_ROWS } from '../../gateway/rest/routes.ts'

const routeOf = (pattern: string, spelling: Route['spelling'] = 'segments'): Route => ({
  pattern,
  protocol: 'rest',
  isCrossOrigin: false,
  spelling,
  known: null,
  allow: [],
  answers: new Map(),
  otherwise: async () => {},
})

const TABLE: readonly Route[] = [
  routeOf('/', 'exact'),
  routeOf('/healthz', 'exact'),
  routeOf('/graphql', 'caseless'),
  routeOf('/rest/open-api/core', 'caseless'),
  routeOf('/rest/metadata/objects'),
  routeOf('/rest/metadata/objects/{id}'),
  routeOf('/rest/metadata/{...}'),
  ...RECORD_ROWS.map(({ pattern }) => routeOf(pattern)),
  routeOf('/rest/{...}'),
  routeOf('/admin/workspaces/{id}/members/{part}'),
  routeOf('/admin/{...}'),
]

/** The same rules as one regular expression for each route. */
const expressionOf = ({ pattern, spelling }: Route): RegExp => {
  if (spelling === 'exact') return new RegExp(`^${pattern.replaceAll('.', '\\.')}$`)
  const segments = pattern.split('/').filter((segment) => segment !== '')
  const body = segments.map((segment) =>
    segment === '{...}' ? '(?:/+[^/]+)*' : /^\{/.test(segment) ? '/+([^/]+)' : `/+${segment}`,
  )
  return new RegExp(`^${body.join('')}/*$`, spelling === 'caseless' ? 'i' : '')
}

const EXPRESSIONS = TABLE.map((route) => ({ route, expression: expressionOf(route) }))

const words = [...new Set(TABLE.flatMap(({ pattern }) => pattern.split('/')))]
const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...words) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'GraphQL', 'Restore', '%72estore', '..', 'constructor', '__proto__'),
  },
  { weight: 1, arbitrary: fc.webSegment() },
)
const path = fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`)

test('the router finds the first route that fits, and the segments that its pattern names', (t) => {
  const match = createMatcher(TABLE)
  fc.assert(
    fc.property(path, (sent) => {
      const expected = EXPRESSIONS.find(({ expression }) => expression.test(sent))
      const { route, params } = match(sent)
      t.is(route?.pattern, expected?.route.pattern, sent)
      t.deepEqual(Object.values(params), [...(expected?.expression.exec(sent) ?? [])].slice(1), sent)
    }),
    { numRuns: 3000 },
  )
})

test('a record key that is spelt like a word of the table is reached percent-encoded', (t) => {
  const match = createMatcher(TABLE)
  t.is(match('/rest/companies/restore').route?.pattern, '/rest/{plural}/restore')
  t.like(match('/rest/companies/%72estore'), {
    route: { pattern: '/rest/{plural}/{key}' },
    params: { plural: 'companies', key: '%72estore' },
  })
})

const emptyContext = {} as Context

test('rows that are loaded later call the handler of their pattern and method', async (t) => {
  const called: string[] = []
  const handler = (name: string) => async () => {
    called.push(name)
  }
  let loads = 0
  const rows = lazyRows<null>({ '/a': ['GET', 'POST'], '/a/{...}': [] }, async () => {
    loads += 1
    return [
      { pattern: '/a/{...}', methods: {}, otherwise: handler('below') },
      { pattern: '/a', methods: { POST: handler('post'), GET: handler('get') } },
    ]
  })
  t.deepEqual(
    rows.map(({ pattern }) => pattern),
    ['/a', '/a/{...}'],
  )
  t.is(loads, 0)
  await rows[0]?.methods.POST?.(emptyContext, null)
  await rows[0]?.methods.GET?.(emptyContext, null)
  await rows[1]?.otherwise?.(emptyContext, null)
  t.deepEqual(called, ['post', 'get', 'below'])
  t.is(loads, 1)
})

for (const [title, methods] of [
  ['lack a method', ['GET', 'POST']],
  ['have another method', []],
] as const)
  test(`rows that are loaded later and ${title} fail every request`, async (t) => {
    const rows = lazyRows<null>({ '/a': methods }, async () => [
      { pattern: '/a', methods: { GET: async () => {} } },
    ])
    await t.throwsAsync(async () => rows[0]?.otherwise?.(emptyContext, null), { message: /differ.*\/a/ })
  })
