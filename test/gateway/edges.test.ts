import test from 'ava'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { sendRaw } from './serve.ts'

let server: TestGateway
let listed: TestGateway

test.before(async () => {
  server = await startTestGateway()
  listed = await startTestGateway({
    database: server.database,
    environment: { CORS_ORIGINS: 'https://app.example, http://127.0.0.1:5173', CONSOLE: 'off' },
  })
})
test.after.always(async () => {
  await listed?.close()
  await server?.close()
})

const portOf = ({ url }: TestGateway): number => Number(new URL(url).port)

const sendHeaders = async (headers: readonly string[], body = ''): Promise<string> => {
  const lines = ['POST /rest/companies HTTP/1.1', ...headers, 'Connection: close']
  return sendRaw(portOf(server), `${lines.join('\r\n')}\r\n\r\n${body}`)
}

test('a repeated header that must be unique is a 400, in any order', async (t) => {
  const { token } = await server.enter()
  const good = {
    Host: 'a.example',
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    'Content-Length': '2',
  }
  const headers = Object.entries(good).map(([name, value]) => `${name}: ${value}`)
  t.regex(await sendHeaders(headers, '{}'), /^HTTP\/1\.1 201 /)
  for (const [name, other] of [
    ['Host', 'b.example'],
    ['host', 'a.example'],
    ['Authorization', 'Bearer other'],
    ['AUTHORIZATION', good.Authorization],
    ['Content-Type', 'text/plain'],
    ['Content-Length', '3'],
    ['Content-Length', '2'],
  ] as const)
    for (const both of [
      [...headers, `${name}: ${other}`],
      [`${name}: ${other}`, ...headers],
    ])
      t.regex(await sendHeaders(both, '{}'), /^HTTP\/1\.1 400 /, `${name}: ${other}`)
  for (const host of ['', ' ', 'a.example/path', 'a b', 'user@a.example', 'a?b', 'a#b', 'a\\b'])
    t.regex(await sendHeaders([`Host: ${host}`], ''), /^HTTP\/1\.1 400 /, host)
  t.regex(await sendHeaders([], ''), /^HTTP\/1\.1 400 /, 'no Host')
})

test('the root lists the addresses of the console and the APIs', async (t) => {
  const at = (gateway: TestGateway, accept: string, method = 'GET') =>
    fetch(`${gateway.url}/`, { method, headers: { accept } })
  const text = await at(server, '*/*')
  t.is(text.status, 200)
  t.is(text.headers.get('content-type'), 'text/plain; charset=utf-8')
  const served = await text.text()
  for (const path of ['/', '/rest/{objects}', '/graphql', '/metadata', '/rest/open-api/core'])
    t.true(served.includes(server.url + path), path)
  const json = await at(server, 'application/json')
  t.is(json.headers.get('content-type'), 'application/json; charset=utf-8')
  t.deepEqual(await json.json(), {
    console: `${server.url}/`,
    rest: `${server.url}/rest`,
    graphql: `${server.url}/graphql`,
    metadata: `${server.url}/metadata`,
    openApi: `${server.url}/rest/open-api/core`,
  })
  const browser = await at(server, 'text/html,application/xhtml+xml,*/*;q=0.8')
  t.regex(browser.headers.get('content-type') ?? '', /^text\/html/)
  const without = await at(listed, 'text/html')
  t.is(without.status, 200)
  t.notRegex(await without.text(), /Console/)
  const head = await at(server, '*/*', 'HEAD')
  t.is(head.status, 200)
  t.is(await head.text(), '')
  const posted = await at(server, '*/*', 'POST')
  t.is(posted.status, 405)
  t.is(posted.headers.get('allow'), 'GET, HEAD, OPTIONS')
})

/** Every path that pages of other origins may call. */
const PUBLIC = [
  '/rest/companies',
  '/rest/metadata/objects',
  '/graphql',
  '/metadata',
  '/rest/open-api/core',
  '/',
  '/healthz',
  '/readyz',
]

const preflight = (gateway: TestGateway, path: string, origin: string) =>
  fetch(gateway.url + path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x' },
  })

test('any origin may call the APIs and the key set by default', async (t) => {
  for (const path of [...PUBLIC, '/.well-known/jwks.json']) {
    const answer = await preflight(server, path, 'https://any.example')
    t.is(answer.status, 204, path)
    t.is(answer.headers.get('access-control-allow-origin'), '*')
    t.regex(answer.headers.get('access-control-allow-methods') ?? '', /^GET, HEAD/)
    t.is(answer.headers.get('access-control-allow-credentials'), null)
  }
  const keys = await fetch(`${server.url}/.well-known/jwks.json`, {
    headers: { origin: 'https://any.example' },
  })
  t.is(keys.headers.get('access-control-allow-origin'), '*')
})

test('a list of origins admits those alone', async (t) => {
  for (const path of [...PUBLIC, '/.well-known/jwks.json'])
    for (const [origin, isAllowed] of [
      ['https://app.example', true],
      ['http://127.0.0.1:5173', true],
      ['http://app.example', false],
      ['https://app.example.evil.example', false],
      ['https://evil.example', false],
      ['null', false],
    ] as const) {
      const expected = isAllowed ? origin : null
      const asked = await preflight(listed, path, origin)
      t.is(asked.status, 204)
      t.is(asked.headers.get('access-control-allow-origin'), expected, `${path} ${origin}`)
      t.is(asked.headers.get('access-control-allow-methods') === null, !isAllowed)
      const answer = await fetch(listed.url + path, { headers: { origin } })
      t.is(answer.headers.get('access-control-allow-origin'), expected)
      t.regex(answer.headers.get('vary') ?? '', /Origin/)
    }
})

test('the console and the operator API are open to no other origin', async (t) => {
  for (const path of ['/console/session', '/admin/workspaces']) {
    const answer = await preflight(server, path, 'https://any.example')
    t.is(answer.headers.get('access-control-allow-origin'), null, path)
  }
})
