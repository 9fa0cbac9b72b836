import { readFileSync } from 'node:fs'
import { createServer, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import pino from 'pino'
import { parse } from 'yaml'
import { runCommandLine } from '../../gateway/admin/run.ts'
import { readConfig } from '../../gateway/config.ts'
import { obstacleOf, type Phase } from '../../gateway/http/health.ts'
import { createAdminServer } from '../../gateway/observe/adminServer.ts'
import { createProcessMetrics } from '../../gateway/processes/processMetrics.ts'
import { VERSION } from '../../gateway/version.ts'
import { readFeedState } from '../../tenants/changes/feedState.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { readWebhookQueue } from '../../tenants/webhook/queue.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { readMetrics } from './metricsText.ts'

let server: TestGateway
let client: Client
test.before(async () => {
  server = await startTestGateway({ environment: { ADMIN_PORT: '0', OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' } })
  client = await server.enter('Zebra Works')
})
test.after.always(() => server?.close())

interface Sent {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** `fetch` would set the host itself. */
const send = (
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: unknown,
): Promise<Sent> =>
  new Promise((resolve, reject) => {
    const sent = sendRequest({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }))
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })

const adminPort = (): number => server.gateway.adminPort() ?? 0

const scrape = async (): Promise<ReadonlyMap<string, number>> =>
  readMetrics((await send(adminPort(), '/metrics')).text)

test('probes return status and version, to anyone who reaches the port', async (t) => {
  for (const path of ['/live', '/ready', '/startup']) {
    const answer = await send(adminPort(), path, { host: 'pod.internal' })
    t.is(answer.status, 200, path)
    t.deepEqual(JSON.parse(answer.text), { status: 'ok', version: VERSION })
    t.is((await send(adminPort(), path, {}, 'HEAD')).status, 200)
    t.is((await send(adminPort(), path, {}, 'POST')).status, 405)
  }
  t.is((await send(adminPort(), '/rest/companies')).status, 404)
  // The port of the API has neither.
  t.is((await client.get('/metrics')).status, 404)
})

test('probes follow the phase and the database', async (t) => {
  let phase: Phase = 'starting'
  let isThere = true
  const admin = createAdminServer({
    log: pino({ level: 'silent' }),
    health: { phase: () => phase, obstacle: obstacleOf(async () => isThere) },
    metrics: { text: async () => '', contentType: 'text/plain' },
    token: null,
    host: '127.0.0.1',
    allowedHosts: [],
    operators: null,
  })
  const port = await admin.listen(0, '127.0.0.1')
  t.teardown(() => admin.close(0))
  const statuses = () =>
    Promise.all(['/live', '/ready', '/startup'].map(async (path) => (await send(port, path)).status))
  t.deepEqual(await statuses(), [503, 503, 503])
  phase = 'serving'
  t.deepEqual(await statuses(), [200, 200, 200])
  isThere = false
  t.deepEqual(await statuses(), [200, 503, 200])
  isThere = true
  phase = 'closing'
  t.deepEqual(await statuses(), [200, 503, 200])
})

// Serial: requests and deliveries of other tests would be counted, and their gateways, which share the database,
// would take deliveries.
test.serial(
  'requests and statements are counted by route and operation, without a word of a tenant',
  async (t) => {
    const before = await scrape()
    const create = await client.request('POST', '/rest/companies', { name: 'Zebra & Sons' })
    t.is(create.status, 201)
    t.is(
      (await client.get(`/rest/companies?filter=${encodeURIComponent('name[eq]:"Zebra & Sons"')}`)).status,
      200,
    )
    t.is((await client.get('/rest/zebras')).status, 404)
    t.is((await client.graphql('query Zebra { companies { totalCount } }')).status, 200)
    await client.request('PURGE', '/rest/companies').catch(() => null)
    const after = await scrape()
    const rise = (series: string): number => (after.get(series) ?? 0) - (before.get(series) ?? 0)
    const requests = (method: string, route: string, status: number): number =>
      rise(
        `http_server_request_duration_seconds_count{http_request_method="${method}",http_route="${route}",http_response_status_code="${status}"}`,
      )
    t.is(requests('POST', '/rest/{plural}', 201), 1)
    t.is(requests('GET', '/rest/{plural}', 200), 1)
    t.is(requests('POST', '/graphql', 200), 1)
    const statements = (operation: string): number =>
      rise(
        `db_client_operation_duration_seconds_count{db_system_name="postgresql",db_operation_name="${operation}"}`,
      )
    t.is(statements('INSERT'), 1)
    t.true(statements('SELECT') >= 2)
    t.true(
      (after.get(
        'db_client_connection_count{db_client_connection_pool_name="requests",db_client_connection_state="idle"}',
      ) ?? 0) > 0,
    )
    await until('the listener answers', async () => (await scrape()).get('tenantry_listener_up') === 1)
    t.true((after.get('process_resident_memory_bytes') ?? 0) > 1e6)
    t.is(after.get(`tenantry_build_info{version="${VERSION}",node="${process.versions.node}"}`), 1)
    const names = [...after.keys()].join('\n')
    t.notRegex(names, /zebra/i)
    t.false(names.includes(client.workspace.id) || names.includes('tenantry_workspace_'))
    t.false(names.includes(client.workspace.schemaName))
    // The histograms whose labels depend on requests are bounded by themselves (series.test.ts).
    const others = [...after.keys()].filter((name) => !/^(http_server|http_client|db_client_op)/.test(name))
    t.true(others.length > 100 && others.length < 240, `${others.length}`)
  },
)

test('an error of Postgres is counted by its SQLSTATE, a rate limit by its kind, a listed workspace by its id', async (t) => {
  const listed = client.workspace.id
  const limited = await startTestGateway({
    database: server.database,
    environment: { ADMIN_PORT: '0', API_RATE_LIMIT_PER_MINUTE: '3', METRICS_WORKSPACES: listed },
  })
  t.teardown(limited.close)
  const guest = await limited.client(client.workspace)
  t.is((await guest.get('/rest/companies?limit=none')).status, 400)
  t.is((await guest.get('/rest/people')).status, 200)
  const caller = await limited.enter('Limited')
  for (let round = 0; round < 2; round += 1)
    await caller.request('POST', '/rest/companies', { id: '00000000-0000-4000-8000-000000000001' })
  await caller.get('/rest/companies')
  t.is((await caller.get('/rest/companies')).status, 429)
  const { text } = await send(limited.gateway.adminPort() ?? 0, '/metrics')
  t.regex(text, /^db_client_operation_duration_seconds_count\{.*db_response_status_code="23505".*\} 1$/m)
  t.regex(text, /^tenantry_rate_limited_total\{scope="apiKey"\} 1$/m)
  const values = readMetrics(text)
  const of = (name: string, workspace: string) =>
    values.get(`tenantry_workspace_${name}_total{workspace="${workspace}"}`)
  t.deepEqual([of('requests', listed), of('errors', listed)], [2, 1])
  t.deepEqual([of('requests', '_other'), of('errors', '_other')], [4, 2])
  t.true((of('statement_seconds', listed) ?? 0) > 0 && (of('statement_seconds', '_other') ?? 0) > 0)
  t.is(of('rows', caller.workspace.id), undefined)
})

test.serial(
  'the change log shows its size, what was not read, and tables that are not captured',
  async (t) => {
    const { pool } = server.gateway
    const table = `"${client.workspace.schemaName}".company`
    const state = await readFeedState(pool)
    const metrics = await scrape()
    t.true((metrics.get('tenantry_feed_bytes') ?? 0) > 0)
    t.is(metrics.get('tenantry_feed_partitions'), state.partitions)
    t.is(metrics.get('tenantry_feed_uncaptured_tables'), 0)
    t.false(Number.isNaN(metrics.get('tenantry_feed_unread_seconds')))
    await pool.query(`alter table ${table} disable trigger tenantry_update`)
    t.is((await readFeedState(pool)).uncapturedTables, 1)
    await pool.query(`alter table ${table} enable trigger tenantry_update`)
    t.is((await readFeedState(pool)).uncapturedTables, 0)
    const { position } = (await client.get('/changes')).body
    await client.request('POST', '/rest/companies', { name: 'Unread' })
    t.true((await readFeedState(pool)).unreadSeconds > 0)
    await client.get('/changes')
    t.is((await readFeedState(pool)).unreadSeconds, 0)
    const resets = metrics.get('tenantry_feed_resets_total') ?? 0
    await pool.query('update tenantry_runtime.windows set token = token + 1')
    t.is((await client.get(`/changes?after=${position}`)).body.reset, true)
    t.is((await scrape()).get('tenantry_feed_resets_total'), resets + 1)
  },
)

test.serial('deliveries of webhooks are counted by result, and what waits is shown', async (t) => {
  const receiver = createServer((_, response) => response.writeHead(202).end())
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  t.teardown(() => receiver.close())
  const { port } = receiver.address() as AddressInfo
  const hook = async (operations: readonly string[]): Promise<string> => {
    const given = { targetUrl: `http://127.0.0.1:${port}/`, operations }
    return (await client.request('POST', '/rest/metadata/webhooks', given)).body.id
  }
  const paused = await hook(['person.created'])
  await client.request('PATCH', `/rest/metadata/webhooks/${paused}`, { status: 'PAUSED' })
  const active = await hook(['person.*'])
  await client.request('POST', '/rest/people', { name: { firstName: 'Ada' } })
  const delivered = 'tenantry_webhook_deliveries_total{status="delivered"}'
  let metrics = await scrape()
  await until('it is delivered', async () => {
    metrics = await scrape()
    // The database may be late.
    return metrics.get(delivered) === 1 && !Number.isNaN(metrics.get('tenantry_webhook_overdue_seconds'))
  })
  const answered =
    'http_client_request_duration_seconds_count{http_request_method="POST",http_response_status_code="202"}'
  t.is(metrics.get(answered), 1)
  t.is(metrics.get('tenantry_webhook_lag_seconds_count'), 1)
  t.is(metrics.get('tenantry_webhook_deliveries_total{status="failed"}'), 0)
  t.is(metrics.get('tenantry_webhook_queue{state="active"}'), 0)
  t.is(metrics.get('tenantry_webhook_queue{state="stopped"}'), 1)
  t.is(metrics.get('tenantry_webhook_overdue_seconds'), 0)
  // What waits for a stopped webhook leaves room for the others.
  const { pool } = server.gateway
  await pool.query(
    `insert into tenantry_runtime.deliveries (webhook_id, workspace_id, change_id, event, at, due_at)
     select id, workspace_id, -1, 'person.created', now(), now() + interval '1 day' from tenantry.webhooks where id = $1`,
    [active],
  )
  t.deepEqual(await readWebhookQueue(pool, 1), { active: 1, stopped: 1, overdueSeconds: 0 })
})

test('metrics need a host name of the list, or the token', async (t) => {
  t.is((await send(adminPort(), '/metrics', { host: 'rebound.example' })).status, 403)
  t.is((await send(adminPort(), '/metrics', { host: `LOCALHOST:${adminPort()}` })).status, 200)
  const TOKEN = 'a token of sixteen characters'.replaceAll(' ', '-')
  const admin = createAdminServer({
    log: pino({ level: 'silent' }),
    health: { phase: () => 'serving', obstacle: async () => null },
    metrics: { text: async () => 'up 1\n', contentType: 'text/plain; version=0.0.4; charset=utf-8' },
    token: TOKEN,
    host: '0.0.0.0',
    allowedHosts: ['monitor.internal'],
    operators: null,
  })
  const port = await admin.listen(0, '127.0.0.1')
  t.teardown(() => admin.close(0))
  const host = 'any.example'
  t.is((await send(port, '/metrics', { host: 'localhost' })).status, 401)
  t.is((await send(port, '/metrics', { host, authorization: `Bearer ${TOKEN}x` })).status, 401)
  t.is((await send(port, `/metrics?token=${TOKEN}`, { host })).status, 401)
  const { secret } = await createOperatorKey(server.gateway.pool, 'scraper')
  for (const key of [client.token, secret]) {
    const refused = await send(port, '/metrics', { host, authorization: `Bearer ${key}` })
    t.is(refused.status, 401)
    t.deepEqual(JSON.parse(refused.text).messages, [
      'Not the METRICS_TOKEN of this gateway.',
      'API keys and operator keys do not open /metrics.',
    ])
    t.false(refused.text.includes(TOKEN))
  }
  const read = await send(port, '/metrics', { host, authorization: `Bearer ${TOKEN}` })
  t.is(read.status, 200)
  t.is(read.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  t.is(read.headers['access-control-allow-origin'], undefined)
})

test('a gateway without an admin port has none', async (t) => {
  const plain = await startTestGateway({ database: server.database })
  t.teardown(plain.close)
  t.is(plain.gateway.adminPort(), null)
})

test('with ADMIN_API=private the operator API and its pages are on the admin port alone', async (t) => {
  const environment = { ADMIN_PORT: '0', ADMIN_API: 'private', OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' }
  const closed = await startTestGateway({ database: server.database, environment })
  t.teardown(closed.close)
  const open = Number(new URL(closed.url).port)
  const hidden = closed.gateway.adminPort() ?? 0
  const { secret } = await createOperatorKey(server.gateway.pool, 'private')
  const operator = { authorization: `Bearer ${secret}` }
  const json = { 'content-type': 'application/json' }

  t.is((await send(open, '/admin/workspaces', operator)).status, 404)
  t.is((await send(hidden, '/admin/workspaces', operator)).status, 200)
  t.is((await send(hidden, '/admin/workspaces')).status, 401)
  t.is((await send(hidden, '/admin/nothing', operator)).status, 404)
  for (const path of ['/admin/workspaces', '/console/session', '/'])
    t.is(
      (await send(hidden, path, { ...operator, accept: 'text/html', host: 'rebound.example' })).status,
      403,
      path,
    )

  const sessions = '/console/session'
  const key = { operatorKey: secret }
  t.is((await send(open, sessions, json, 'POST', key)).status, 403)
  t.is((await send(hidden, sessions, json, 'POST', { apiKey: client.token })).status, 403)
  const signedIn = await send(hidden, sessions, json, 'POST', key)
  t.is(signedIn.status, 200)
  const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
  t.is((await send(hidden, sessions, { cookie })).status, 200)
  t.is((await send(hidden, '/admin/workspaces', { cookie })).status, 200)
  t.is((await send(open, sessions, { cookie })).status, 401)
  t.is((await send(open, '/workspaces', { accept: 'text/html' })).status, 404)
  t.not((await send(open, '/api', { accept: 'text/html' })).status, 404)
  t.not((await send(hidden, '/workspaces', { accept: 'text/html' })).status, 404)

  // A link for a member leads to the public port.
  const members = `/admin/workspaces/${client.workspace.id}/members`
  const headers = { ...operator, ...json }
  const member = await send(hidden, members, headers, 'POST', { firstName: 'Ada' })
  const links = `/admin/workspaces/${client.workspace.id}/sign-in-links`
  const link = await send(hidden, links, headers, 'POST', { workspaceMemberId: JSON.parse(member.text).id })
  t.is(new URL(JSON.parse(link.text).url).port, String(open))

  // Webhooks never reach it.
  const webhook = await closed.client(client.workspace).then((caller) =>
    caller.request('POST', '/rest/metadata/webhooks', {
      targetUrl: `http://127.0.0.1:${hidden}/admin/reload`,
      operations: ['company.created'],
    }),
  )
  t.is(webhook.status, 400)
  t.regex(webhook.text, /belongs to the gateway/)

  const out: string[] = []
  const config = { ...environment, ADMIN_PORT: String(hidden), OPERATOR_KEY: secret }
  const code = await runCommandLine(['ps', '--json'], {
    print: (line) => void out.push(line),
    complain: (line) => void out.push(line),
    readConfig: async () => readConfig(config),
    withSession: () => Promise.reject(new Error('it opened the database')),
  })
  t.is(code, 0, out.join(' '))
  t.throws(() => readConfig({ ADMIN_API: 'private' }), {
    message: /ADMIN_PORT is not set; ADMIN_API=private/,
  })
})

test('the probes of the Kubernetes manifests are routes', async (t) => {
  const { spec } = parse(readFileSync('deploy/kubernetes/deployment.yaml', 'utf8'))
  const [container] = spec.template.spec.containers
  const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe]
  t.deepEqual(
    probes.map(({ httpGet }) => httpGet.path),
    ['/startup', '/live', '/ready'],
  )
  for (const { httpGet } of probes) {
    t.is(httpGet.port, 'admin')
    t.is((await send(adminPort(), httpGet.path, { host: '10.0.0.7:9464' })).status, 200)
  }
})

test.serial('the dashboard and the alerts of deploy ask for metrics and labels that exist', async (t) => {
  t.is((await client.get('/rest/companies')).status, 200)
  const { text } = await send(adminPort(), '/metrics')
  // A histogram has no series of its own name.
  const metrics = [...text.matchAll(/^# TYPE (\S+) (?!histogram)/gm)].map(([, name]) => name)
  const histograms = [...text.matchAll(/^# TYPE (\S+) histogram$/gm)].flatMap(([, name]) =>
    ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`),
  )
  // Those of several processes are kept by the primary.
  const ofProcesses = createProcessMetrics(() => ({ starting: 0, serving: 0, stuck: 0 })).list()
  const known = new Set([...metrics, ...histograms, ...ofProcesses.map(({ name }) => name)])
  const dashboard: {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[]
  } = JSON.parse(readFileSync('deploy/grafana/tenantry.json', 'utf8'))
  const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  const rules = readFileSync('deploy/prometheus/alerts.yml', 'utf8')
  const alerts = [...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, expr = '']) => expr)
  t.is(alerts.length, [...rules.matchAll(/^ +- alert: /gm)].length)
  t.true(shown.length > 15 && alerts.length > 5)
  const labels = new Set(text.match(/(?<=[{,])\w+(?==")/g))
  for (const name of ofProcesses.flatMap((each) => each.labels)) labels.add(name)
  for (const expr of [...shown, ...alerts]) {
    const inBraces = expr.match(/\{[^}]*\}/g)?.join() ?? ''
    const named = expr.replace(/\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)/g, '').match(/\b[a-z0-9]+_\w+/g) ?? []
    for (const name of named.filter((each) => each !== 'histogram_quantile'))
      t.true(known.has(name), `${name} in ${expr}`)
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/))
    const matched = inBraces.match(/\w+(?=[!=]=?~?")/g) ?? []
    // Of the scrape itself, and one that appears with the first refused request and the first error.
    const later = ['instance', 'scope', 'db_response_status_code']
    for (const label of [...grouped, ...matched])
      t.true(labels.has(label) || later.includes(label), `${label} in ${expr}`)
  }
  t.true(text.includes('tenantry_cache_hits_total{cache="keys"}'))
})
