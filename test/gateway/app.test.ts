import { connect } from 'node:net'
import test from 'ava'
import type { Phase } from '../../gateway/http/health.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { until } from '../support/until.ts'
import { inProcessThrottle, sendRaw, serve, WORKSPACE_ID, withKey } from './serve.ts'

test('an unknown path is a 404 in JSON, without a key', async (t) => {
  const { url } = await serve(t)
  const response = await fetch(`${url}/nope`)
  t.is(response.status, 404)
  t.regex(response.headers.get('content-type') ?? '', /^application\/json/)
  t.like(await response.json(), { statusCode: 404, error: 'NotFoundException' })
})

test('a wrong method on a known path is a 405 with Allow', async (t) => {
  const { url } = await serve(t)
  const cases = [
    ['/graphql', 'PUT', 'GET, HEAD, POST, OPTIONS'],
    ['/healthz', 'POST', 'GET, HEAD, OPTIONS'],
    ['/readyz', 'DELETE', 'GET, HEAD, OPTIONS'],
    ['/rest/companies', 'PROPFIND', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
  ] as const
  for (const [path, method, allow] of cases) {
    const response = await fetch(url + path, { method })
    t.is(response.status, 405, `${method} ${path}`)
    t.is(response.headers.get('allow'), allow)
  }
  const graphql = await fetch(`${url}/graphql`, { method: 'PUT' })
  t.like(await graphql.json(), { errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }] })
})

test('a missing or wrong key is a 401 that asks for a bearer token, in the format of the protocol', async (t) => {
  const { url } = await serve(t)
  const rest = await fetch(`${url}/rest/companies`)
  t.is(rest.status, 401)
  t.is(rest.headers.get('www-authenticate'), 'Bearer')
  t.deepEqual(await rest.json(), {
    statusCode: 401,
    error: 'UNAUTHENTICATED',
    messages: ['Missing authentication token'],
  })
  const graphql = await fetch(`${url}/graphql`, { method: 'POST', ...withKey('wrong') })
  t.is(graphql.status, 401)
  t.deepEqual(await graphql.json(), {
    errors: [
      {
        message: 'Token invalid.',
        extensions: { code: 'UNAUTHENTICATED', userFriendlyMessage: 'Token invalid.' },
      },
    ],
  })
})

test('a known caller passes, and the log has one line without token, query or body', async (t) => {
  const { url, logged } = await serve(t)
  const response = await fetch(`${url}/rest/companies?filter=name[eq]:"secret"`, withKey('key-1'))
  t.is(response.status, 200)
  t.deepEqual(await response.json(), { data: { key: 'key-1' } })
  await until('the line is written', () => logged().length > 0)
  const lines = logged()
  t.is(lines.length, 1)
  t.like(lines[0], {
    method: 'GET',
    route: '/rest/companies',
    status: 200,
    workspace: WORKSPACE_ID,
    key: 'key-1',
    requestId: response.headers.get('x-request-id'),
  })
  t.is(typeof lines[0]?.ms, 'number')
  t.notRegex(JSON.stringify(lines), /Bearer|secret/)
})

test("the caller's own request id is kept unless it is odd", async (t) => {
  const { url } = await serve(t)
  const kept = await fetch(`${url}/healthz`, { headers: { 'x-request-id': 'abc-123' } })
  t.is(kept.headers.get('x-request-id'), 'abc-123')
  const odd = await fetch(`${url}/healthz`, { headers: { 'x-request-id': 'a b"c' } })
  t.regex(odd.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
})

test('every answer carries the security headers', async (t) => {
  const { url } = await serve(t, { isHttps: true })
  for (const path of ['/healthz', '/nope', '/rest/companies']) {
    const { headers } = await fetch(url + path)
    t.is(headers.get('x-content-type-options'), 'nosniff')
    t.is(headers.get('cache-control'), 'no-store')
    t.is(headers.get('strict-transport-security'), 'max-age=31536000')
    t.is(headers.get('x-powered-by'), null)
  }
})

test('HEAD answers the headers of GET without a body', async (t) => {
  const { url } = await serve(t)
  const head = await fetch(`${url}/rest/companies`, { method: 'HEAD', ...withKey('k') })
  t.is(head.status, 200)
  t.is(head.headers.get('content-length'), '20')
  t.is(await head.text(), '')
})

test('a browser of any origin may call the API, without credentials', async (t) => {
  const { url } = await serve(t)
  const preflight = await fetch(`${url}/graphql`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.test',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })
  t.is(preflight.status, 204)
  t.is(preflight.headers.get('access-control-allow-origin'), '*')
  t.is(preflight.headers.get('access-control-allow-methods'), 'GET, HEAD, POST, OPTIONS')
  t.is(preflight.headers.get('access-control-allow-headers'), 'authorization, *')
  t.is(preflight.headers.get('access-control-allow-credentials'), null)

  const refused = await fetch(`${url}/rest/companies`, { headers: { origin: 'https://app.test' } })
  t.is(refused.status, 401)
  t.is(refused.headers.get('access-control-allow-origin'), '*')
  t.regex(refused.headers.get('access-control-expose-headers') ?? '', /ratelimit/)

  const plain = await fetch(`${url}/rest/companies`, { method: 'OPTIONS' })
  t.is(plain.status, 204)
  t.regex(plain.headers.get('allow') ?? '', /PATCH/)
})

test('healthz answers once it serves; readyz reports whether Postgres is reachable and whether we are closing', async (t) => {
  let isThere = true
  let phase: Phase = 'starting'
  const { url } = await serve(t, { isDatabaseThere: async () => isThere, phase: () => phase })
  const ask = async (path: string): Promise<readonly [number, unknown]> => {
    const response = await fetch(url + path)
    return [response.status, await response.json()]
  }
  const ok = [200, { status: 'ok' }] as const
  const unavailable = (reason: string) => [503, { status: 'unavailable', reason }] as const
  t.deepEqual(await ask('/healthz'), unavailable('starting'))
  t.deepEqual(await ask('/readyz'), unavailable('starting'))
  phase = 'serving'
  t.deepEqual(await ask('/healthz'), ok)
  t.deepEqual(await ask('/readyz'), ok)
  isThere = false
  t.deepEqual(await ask('/healthz'), ok)
  t.deepEqual(await ask('/readyz'), unavailable('Postgres is unreachable'))
  isThere = true
  phase = 'closing'
  t.deepEqual(await ask('/healthz'), ok)
  t.deepEqual(await ask('/readyz'), unavailable('shutting down'))
})

test('an unknown error is a 500 with an id, whose cause is in the log alone', async (t) => {
  const fail = async (): Promise<void> => {
    throw new Error('select * from w_acme.company')
  }
  const { url, logged } = await serve(t, { rest: fail, graphql: fail })
  const rest = await fetch(`${url}/rest/companies`, withKey('k'))
  t.is(rest.status, 500)
  const body: Record<string, unknown> = JSON.parse(await rest.text())
  t.is(body.error, 'InternalServerErrorException')
  t.notRegex(JSON.stringify(body), /select|w_acme|\.ts/)
  const graphql = await fetch(`${url}/graphql`, { method: 'POST', ...withKey('k') })
  t.is(graphql.status, 500)
  t.like(await graphql.json(), { errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
  const line = logged().find((entry) => entry.exceptionEventId === body.exceptionEventId)
  t.regex(JSON.stringify(line), /select \* from w_acme\.company/)
})

test('a refusal of the domain has its status and its hint', async (t) => {
  const { url } = await serve(t, {
    rest: async () => {
      throw new Refusal('CONFLICT', 'The subdomain is taken.', { hint: 'Choose another one.' })
    },
  })
  const response = await fetch(`${url}/rest/companies`, withKey('k'))
  t.is(response.status, 409)
  t.deepEqual(await response.json(), {
    statusCode: 409,
    error: 'ConflictException',
    messages: ['The subdomain is taken.', 'Choose another one.'],
  })
})

test('a key past its limit is a 429 on both protocols, and other keys go on', async (t) => {
  const { url } = await serve(t, { throttle: inProcessThrottle(2) })
  const startMs = performance.now()
  const first = await fetch(`${url}/rest/companies`, withKey('k'))
  t.is(first.status, 200)
  t.is(first.headers.get('ratelimit-policy'), '"key";q=2;w=60')
  t.regex(first.headers.get('ratelimit') ?? '', /^"key";r=1;t=(60|5\d)$/)
  t.is(first.headers.get('x-ratelimit-limit'), '2')
  t.is(first.headers.get('x-ratelimit-remaining'), '1')
  t.is((await fetch(`${url}/rest/companies`, withKey('k'))).status, 200)

  const rest = await fetch(`${url}/rest/companies`, withKey('k'))
  t.is(rest.status, 429)
  t.is(rest.headers.get('x-ratelimit-remaining'), '0')
  const refusal = (await rest.json()) as { readonly retryAfterSeconds: number }
  // What is left of the minute that began with the first request; a busy machine takes its time in between.
  t.is(rest.headers.get('retry-after'), String(refusal.retryAfterSeconds))
  const leastSeconds = Math.floor(60 - (performance.now() - startMs) / 1000)
  t.true(refusal.retryAfterSeconds > leastSeconds && refusal.retryAfterSeconds <= 60)
  t.like(refusal, {
    statusCode: 429,
    error: 'RATE_LIMITED',
    messages: ['Rate limit exceeded for apiKey: 2 requests per 60s.'],
    limitKind: 'speed',
    scope: { spenderType: 'apiKey', spenderId: 'k', operationType: 'API_REQUEST' },
    limit: 2,
    remaining: 0,
    periodCount: 60,
    periodUnit: 'second',
  })
  const graphql = await fetch(`${url}/graphql`, { method: 'POST', ...withKey('k') })
  t.is(graphql.status, 429)
  t.like(await graphql.json(), { errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
  t.is((await fetch(`${url}/rest/companies`, withKey('other'))).status, 200)
})

test('an address that fails to authenticate too often has to wait; its good keys still work', async (t) => {
  const { url } = await serve(t, { trustedProxies: 1 })
  const from = (address: string, token: string): Promise<Response> =>
    fetch(`${url}/rest/companies`, {
      headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': `9.9.9.9, ${address}` },
    })
  const statuses = new Set<number>()
  for (let i = 0; i < 600; i += 1) statuses.add((await from('10.0.0.1', 'wrong')).status)
  t.deepEqual([...statuses], [401])
  const limited = await from('10.0.0.1', 'wrong')
  t.is(limited.status, 429)
  t.truthy(limited.headers.get('retry-after'))
  t.is((await from('10.0.0.1', 'good')).status, 200)
  t.is((await from('10.0.0.2', 'wrong')).status, 401)
})

for (const [proxies, forwarded, ip] of [
  [0, '203.0.113.7', '127.0.0.1'],
  [1, '198.51.100.1, 203.0.113.7', '203.0.113.7'],
  [2, '198.51.100.1, 203.0.113.7, 10.0.0.5', '203.0.113.7'],
  [['127.0.0.1'], '198.51.100.1, 203.0.113.7', '203.0.113.7'],
  [['127.0.0.1'], '', '127.0.0.1'],
  [['127.0.0.0/8', '10.0.0.0/8'], '198.51.100.1, 203.0.113.7, 10.0.0.5', '203.0.113.7'],
  [['127.0.0.0/8', '2001:db8::/32'], '::ffff:203.0.113.7, 2001:db8::5', '::ffff:203.0.113.7'],
  [['127.0.0.1', '10.0.0.0/8'], '10.0.0.9, 10.0.0.5', '10.0.0.9'],
  [['127.0.0.1'], '203.0.113.7, unknown', 'unknown'],
  [['192.0.2.0/24'], '203.0.113.7', '127.0.0.1'],
  [['192.0.2.0/24', '203.0.113.7'], '203.0.113.7, 203.0.113.7', '127.0.0.1'],
] as const)
  test(`with the trusted proxies ${proxies}, X-Forwarded-For "${forwarded}" stands for ${ip}`, async (t) => {
    const { url } = await serve(t, {
      trustedProxies: proxies,
      rest: async (ctx) => {
        ctx.body = { ip: ctx.ip, host: ctx.host, protocol: ctx.protocol }
      },
    })
    const isTrusted = proxies !== 0 && !String(proxies).startsWith('192.0.2.')
    const headers = {
      'x-forwarded-for': forwarded,
      'x-forwarded-host': 'a.test',
      'x-forwarded-proto': 'https',
    }
    const { headers: sent } = withKey('k')
    const answer = await fetch(`${url}/rest/companies`, { headers: { ...sent, ...headers } })
    const others = isTrusted
      ? { host: 'a.test', protocol: 'https' }
      : { host: new URL(url).host, protocol: 'http' }
    t.deepEqual(await answer.json(), { ip, ...others })
  })

test('a request target in absolute form is answered, one without a path is a 400', async (t) => {
  const { port } = await serve(t)
  const get = (target: string): Promise<string> =>
    sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  t.regex(await get('http://example.test/healthz'), /^HTTP\/1\.1 200 /)
  t.regex(await get('ftp://example.test/healthz'), /^HTTP\/1\.1 400 /)
  t.regex(await get('http://[::bad/healthz'), /^HTTP\/1\.1 200 /)
})

test('requests that run when the server closes are answered; idle connections are dropped', async (t) => {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let hasArrived = false
  const { url, close } = await serve(t, {
    rest: async (ctx) => {
      hasArrived = true
      await held
      ctx.body = { done: true }
    },
  })
  const running = fetch(`${url}/rest/companies`, withKey('k'))
  await until('the request runs', () => hasArrived)
  const closing = close(5000)
  await until('new connections are refused', () =>
    fetch(`${url}/healthz`).then(
      () => false,
      () => true,
    ),
  )
  release()
  t.is((await running).status, 200)
  await closing
  t.pass()
})

test('a reload thins out the lines of requests that succeed, and marks slow ones', async (t) => {
  const accessLog = { slowMs: 0, percent: 0 }
  const { url, logged } = await serve(t, { accessLog })
  const ask = async (path: string, token: string): Promise<string | null> => {
    const answer = await fetch(`${url}/rest/${path}`, { headers: { authorization: `Bearer ${token}` } })
    await answer.text()
    return answer.headers.get('x-request-id')
  }
  const lineOf = (requestId: string | null) => logged().find((line) => line.requestId === requestId)
  const left = await ask('a', 'left')
  const failed = await ask('b', 'wrong')
  await until('a line of the failure', () => lineOf(failed) !== undefined)
  t.is(lineOf(left), undefined)
  accessLog.slowMs = 0.001
  const slow = await ask('c', 'slow')
  await until('a line of the slow one', () => lineOf(slow) !== undefined)
  t.like(lineOf(slow), { isSlow: true, level: 40, status: 200 })
})

test('a handler whose client has gone counts as running until it ends', async (t) => {
  const ends: string[] = []
  const [entered, gone, held] = [0, 1, 2].map(() => Promise.withResolvers<void>())
  const { port, close, idle } = await serve(t, {
    rest: async ({ req }) => {
      req.socket.once('close', () => gone?.resolve())
      entered?.resolve()
      await held?.promise
      ends.push('handler')
    },
  })
  const client = connect(port, '127.0.0.1')
  client.write('GET /rest/companies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n\r\n')
  await entered?.promise
  client.destroy()
  await gone?.promise
  await close(60_000)
  const idled = idle(60_000).then(() => ends.push('idle'))
  await idle(0)
  t.deepEqual(ends, [], 'no connection is open, and the handler runs')
  held?.resolve()
  await idled
  t.deepEqual(ends, ['handler', 'idle'])
})
