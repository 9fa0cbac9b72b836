import test from 'ava'
import { ask, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'] as const
const ID = '0199aaaa-0000-7000-8000-000000000001'

interface Documented {
  readonly path: string
  readonly methods: readonly string[]
  /** The answer to GET does not end. */
  readonly isStream: boolean
}

/** Every path of both OpenAPI documents, its parameters filled in. */
const documented = async (): Promise<readonly Documented[]> => {
  const subjects = [
    ['core', '/rest'],
    ['metadata', '/rest/metadata'],
  ] as const
  const found = await Promise.all(
    subjects.map(async ([subject, root]) => {
      const { body } = await client.get(`/rest/open-api/${subject}`)
      return Object.entries<{ readonly servers?: unknown }>(body.paths).map(([path, item]) => ({
        // The paths outside of /rest name the server themselves.
        path: (item.servers === undefined ? root : '') + path.replaceAll(/\{\w+\}/g, ID),
        methods: METHODS.filter((method) => method.toLowerCase() in item),
        isStream: JSON.stringify(item).includes('text/event-stream'),
      }))
    }),
  )
  return found.flat()
}

const allowOf = (headers: Headers): readonly string[] => (headers.get('allow') ?? '').split(', ')

test('OPTIONS allows the documented methods of OpenAPI, HEAD beside GET and PUT beside PATCH', async (t) => {
  const paths = await documented()
  t.true(paths.length > 60)
  for (const { path, methods } of paths) {
    const twins = { HEAD: 'GET', PUT: 'PATCH' } as const
    const implied = (['HEAD', 'PUT'] as const).filter((method) => methods.includes(twins[method]))
    const expected = [...new Set([...methods, ...implied, 'OPTIONS'])].toSorted()
    const { status, headers } = await ask(server.url + path, 'OPTIONS')
    t.is(status, 204, path)
    // The preflight knows no role, nor whether an object takes such writes.
    const allowed = allowOf(headers)
    const shown = path.startsWith('/rest/metadata')
      ? allowed
      : allowed.filter((each) => expected.includes(each))
    t.deepEqual(shown.toSorted(), expected, path)
  }
})

test('HEAD of a stream ends with the headers of GET', async (t) => {
  const { status, headers } = await client.request('HEAD', '/changes/stream')
  t.is(status, 200)
  t.is(headers.get('content-type'), 'text/event-stream; charset=utf-8')
})

test('a method that OPTIONS does not allow is a 405 with the same list, and none that it allows is', async (t) => {
  for (const { path, isStream } of await documented()) {
    const allowed = allowOf((await ask(server.url + path, 'OPTIONS')).headers)
    for (const method of METHODS) {
      if (allowed.includes(method) && (isStream || method !== 'GET')) continue
      const { status, headers } = await client.request(method, path)
      t.is(status === 405, !allowed.includes(method), `${method} ${path}`)
      if (status === 405) t.deepEqual(allowOf(headers), allowed, `${method} ${path}`)
    }
  }
})

test('an unknown path under /rest is a 400 with examples', async (t) => {
  const { status, body } = await client.get('/rest/a/b/c')
  t.is(status, 400)
  t.deepEqual(body.messages, [
    "Query path '/rest/a/b/c' invalid. Valid examples: /rest/companies/id or /rest/companies or /rest/batch/companies",
  ])
})

test('a wrong method is refused with the allowed ones', async (t) => {
  const { status, body } = await client.request('POST', '/rest/companies/1', {})
  t.is(status, 405)
  t.deepEqual(body.messages, [
    'Method POST is not allowed here. Allowed: GET, HEAD, PATCH, PUT, DELETE, OPTIONS.',
  ])
})

test('the GraphQL endpoints and OpenAPI documents answer either case and a slash at the end, preflights too', async (t) => {
  for (const path of ['/graphql/', '/GraphQL', '/metadata/', '/open-api/Core', '/rest/open-api/core/']) {
    const exact = path.toLowerCase().replace(/\/$/, '')
    const preflight = { origin: 'https://page.test', 'access-control-request-method': 'POST' }
    const [asked, expected] = await Promise.all(
      [path, exact].map((each) => ask(server.url + each, 'OPTIONS', undefined, preflight)),
    )
    t.is(asked?.status, 204, path)
    for (const name of ['allow', 'access-control-allow-origin', 'access-control-allow-methods'])
      t.is(asked?.headers.get(name), expected?.headers.get(name), path)
    const get = await client.get(`${path}?query={__typename}`)
    t.is(get.status, 200, path)
  }
})
