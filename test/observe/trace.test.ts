// One trace from the request to the statement and the webhook, at a receiver of OTLP over HTTP.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Writable } from 'node:stream'
import test from 'ava'
import { createClient } from 'graphql-ws'
import Koa from 'koa'
import { WebSocket } from 'undici'
import { ConfigError } from '../../gateway/config.ts'
import { createLog } from '../../gateway/http/log.ts'
import { createClock } from '../../gateway/observe/trace/clock.ts'
import { traceSettingsOf } from '../../gateway/observe/trace/settings.ts'
import { parseTraceparent } from '../../gateway/observe/trace/spans.ts'
import { openTracing } from '../../gateway/observe/trace/tracing.ts'
import { bindSchema, ownFunction, PLACEHOLDER } from '../../sql/placeholder.ts'
import { describeStatement, operationOf } from '../../sql/statement.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { ask, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { startReceiver } from '../webhooks/receiver.ts'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly flags: number
  readonly traceState?: string
  readonly status?: { readonly code?: number }
  readonly attributes: readonly {
    readonly key: string
    readonly value: { readonly stringValue?: string; readonly intValue?: number | string }
  }[]
}

const startedMs = Date.now()
const spans: Span[] = []
const bodies: { readonly type: string; readonly body: Buffer }[] = []
const collector = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const type = request.headers['content-type'] ?? ''
  bodies.push({ type, body })
  if (type === 'application/json')
    for (const { scopeSpans } of JSON.parse(body.toString()).resourceSpans)
      for (const scope of scopeSpans) spans.push(...scope.spans)
  response.writeHead(200, { 'content-type': type }).end(type === 'application/json' ? '{}' : '')
})
await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
// The exporter reads it from the process.
process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint
const environment = {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_BSP_SCHEDULE_DELAY: '50',
}

const METRICS = 'canary0metrics0token'
const lines: string[] = []
const stream = new Writable({
  write: (chunk, _encoding, done) => {
    lines.push(String(chunk))
    done()
  },
})
const tracing = await openTracing(environment)
const { log } = createLog('debug', { stream, fields: tracing?.logFields })
const receiver = await startReceiver()
const gateway = await startTestGateway({
  environment: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1', ADMIN_PORT: '0', METRICS_TOKEN: METRICS },
  tracing,
  log,
})
test.after.always(async () => {
  await gateway.close()
  await tracing?.close()
  await receiver.close()
  collector.close()
})

const attributeOf = ({ attributes }: Span, key: string): unknown => {
  const value = attributes.find((each) => each.key === key)?.value
  return value?.stringValue ?? (value?.intValue === undefined ? undefined : Number(value.intValue))
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'
const ofTrace = (traceId: string): readonly Span[] => spans.filter((each) => each.traceId === traceId)

test('a trace leads from the caller over request and statement to the webhook', async (t) => {
  const client = await gateway.enter()
  await client.request('POST', '/rest/webhooks', { targetUrl: receiver.url('/hook/secret-path') })
  const { status } = await client.request(
    'POST',
    '/rest/companies?depth=0',
    { name: 'Traced' },
    {
      traceparent: `00-${TRACE}-${CALLER}-01`,
      tracestate: 'vendor=7',
      'x-request-id': 'traced-request',
    },
  )
  t.is(status, 201)
  await until('a span of the delivery', () => ofTrace(TRACE).some(({ name }) => name === 'webhook delivery'))
  const [server] = ofTrace(TRACE).filter(({ kind }) => kind === 2)
  if (server === undefined) throw new Error('The request has no span.')
  t.is(server.name, 'POST /rest/{plural}')
  t.is(server.parentSpanId, CALLER)
  t.is(attributeOf(server, 'http.response.status_code'), 201)
  t.is(attributeOf(server, 'tenantry.workspace.id'), client.workspace.id)
  t.is(attributeOf(server, 'url.path'), '/rest/companies')
  const insert = ofTrace(TRACE).find(({ name }) => name === 'INSERT company')
  if (insert === undefined)
    throw new Error(
      ofTrace(TRACE)
        .map(({ name }) => name)
        .join(', '),
    )
  t.is(insert.parentSpanId, server.spanId)
  for (const span of [server, insert]) {
    const { rows } = await gateway.gateway.pool.query(
      'select r.id, w.version::int from tenantry.workspaces w join tenantry.roles r on r.workspace_id = w.id where w.id = $1',
      [client.workspace.id],
    )
    t.true(rows.some(({ id }) => id === attributeOf(span, 'tenantry.role.id')))
    t.is(attributeOf(span, 'tenantry.model.version'), rows[0].version)
  }
  t.is(attributeOf(insert, 'db.system.name'), 'postgresql')
  t.true(String(attributeOf(insert, 'db.namespace')).endsWith(`|${client.workspace.schemaName}`))
  t.false(String(attributeOf(insert, 'db.query.text')).includes('Traced'))
  const delivery = ofTrace(TRACE).find(({ name }) => name === 'webhook delivery')
  t.is(delivery?.parentSpanId, insert.spanId)
  t.is(attributeOf(insert, 'db.response.returned_rows'), 1)
  const post = ofTrace(TRACE).find(({ name, kind }) => name === 'POST' && kind === 3)
  t.is(post?.parentSpanId, delivery?.spanId)
  const received = receiver.at('/hook/secret-path')[0]
  t.is(received?.headers.traceparent, `00-${TRACE}-${post?.spanId}-01`)
  t.false(JSON.stringify(ofTrace(TRACE)).includes('secret-path'))
  // The change log keeps the trace for deliveries and shows none of it.
  const { text } = await client.get('/changes?after=oldest')
  t.true(text.includes('traced-request'))
  t.false(text.includes('traceparent'))
})

test('spans lie within the spans that caused them, at the time of day, and keep the state of the trace', async (t) => {
  const client = await gateway.enter()
  const traceId = '8'.repeat(32)
  const headers = { traceparent: `00-${traceId}-${CALLER}-01`, tracestate: 'vendor=7' }
  await client.request('GET', '/rest/companies', undefined, headers)
  await until('a span of the request', () => ofTrace(traceId).some(({ kind }) => kind === 2))
  const [server] = ofTrace(traceId).filter(({ kind }) => kind === 2)
  const statements = ofTrace(traceId).filter(({ parentSpanId }) => parentSpanId === server?.spanId)
  if (server === undefined || statements.length === 0) throw new Error('A span is missing.')
  const msOf = (nanoseconds: string): number => Number(BigInt(nanoseconds) / 1_000n) / 1_000
  const [start, end] = [msOf(server.startTimeUnixNano), msOf(server.endTimeUnixNano)]
  t.true(start >= startedMs - 100 && end <= Date.now() + 100, `${startedMs} ${start} ${end}`)
  for (const statement of statements) {
    const [from, to] = [msOf(statement.startTimeUnixNano), msOf(statement.endTimeUnixNano)]
    t.true(start <= from && from < to && to <= end, `${start} ${from} ${to} ${end}`)
  }
  // https://opentelemetry.io/docs/specs/otel/protocol: bit 9 of the flags marks a parent of another process.
  t.is(server.flags & 0x200, 0x200)
  t.deepEqual(
    statements.map(({ flags }) => flags & 0x201),
    statements.map(() => 1),
  )
  for (const span of [server, ...statements]) t.is(span.traceState, 'vendor=7')
})

test('a clock that was set is followed, and its milliseconds are not', (t) => {
  let aheadMs = 0
  const clock = createClock(() => performance.timeOrigin + performance.now() + aheadMs)
  const begun = clock.epochMs()
  for (aheadMs of [0.9, -0.9]) {
    clock.follow()
    t.is(clock.epochMs(), begun)
  }
  for (aheadMs of [3_600_000, -60_000]) {
    clock.follow()
    t.true(Math.abs(clock.epochMs() - begun - aheadMs) < 1_000)
  }
})

test('every trace has ids of its own, and the share that is asked for is kept', async (t) => {
  const traces = 1_200
  const shareOf = async (ratio: number): Promise<number> => {
    const name = `share ${ratio}`
    const other = await openTracing({
      ...environment,
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: String(ratio),
    })
    for (let at = 0; at < traces; at += 1) await other?.job(name, async () => {})
    await other?.close()
    const kept = spans.filter((span) => span.name === `job ${name}`)
    for (const { traceId, spanId } of kept) t.regex(`${traceId} ${spanId}`, /^[0-9a-f]{32} [0-9a-f]{16}$/)
    t.is(new Set(kept.map(({ traceId }) => traceId)).size, kept.length)
    t.is(new Set(kept.map(({ spanId }) => spanId)).size, kept.length)
    return kept.length / traces
  }
  t.is(await shareOf(1), 1)
  t.is(await shareOf(0), 0)
  // Six standard deviations.
  t.true(Math.abs((await shareOf(0.5)) - 0.5) < 0.087)
})

test('a failed statement has its SQLSTATE, and lines of the log have the ids', async (t) => {
  const client = await gateway.enter()
  const id = '20202020-0000-4000-8000-000000000001'
  await client.request('POST', '/rest/companies', { id, name: 'a' })
  const traceparent = '00-11111111111111111111111111111111-00f067aa0ba902b7-01'
  t.is((await client.request('POST', '/rest/companies', { id, name: 'a' }, { traceparent })).status, 409)
  const trace = () => ofTrace('1'.repeat(32))
  await until('a span of the request', () => trace().some(({ kind }) => kind === 2))
  const failed = trace().find((each) => attributeOf(each, 'db.response.status_code') === '23505')
  t.is(failed?.status?.code, 2)
  t.is(attributeOf(failed as Span, 'error.type'), '23505')
  await until('a line of the log', () => lines.some((line) => line.includes('"status":409')))
  const access = lines
    .map((line) => JSON.parse(line))
    .find(({ trace_id, status }) => trace_id === '1'.repeat(32) && status !== undefined)
  t.is(access?.status, 409)
  t.is(
    trace().some(({ spanId }) => spanId === access?.span_id),
    true,
  )
})

test('a GraphQL operation has a span, named after its type, with its statements below', async (t) => {
  const client = await gateway.enter()
  const traceparent = `00-${'6'.repeat(32)}-${CALLER}-01`
  const query = 'query Names { companies(first: 1) { totalCount } }'
  await client.request('POST', '/graphql', { query }, { traceparent })
  const trace = () => ofTrace('6'.repeat(32))
  await until('a span of the request', () => trace().some(({ kind }) => kind === 2))
  const [server] = trace().filter(({ kind }) => kind === 2)
  const operation = trace().find(({ name }) => name === 'query')
  t.is(operation?.parentSpanId, server?.spanId)
  t.is(attributeOf(operation as Span, 'graphql.operation.type'), 'query')
  t.is(attributeOf(operation as Span, 'graphql.operation.name'), 'Names')
  t.is(trace().find(({ name }) => name === 'SELECT company')?.parentSpanId, operation?.spanId)
})

test('work in the background that a request began leaves its trace once it has ended', async (t) => {
  const other = await openTracing(environment)
  if (other === undefined) throw new Error('No traces.')
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  let later: Promise<object> | undefined
  await other.job('beginning', async () => {
    t.regex(JSON.stringify(other.logFields()), /trace_id/)
    later = ended.then(() =>
      other.operation({ type: 'later', name: undefined }, async () => other.logFields()),
    )
  })
  end()
  await later
  await other.close()
  const first = spans.find(({ name }) => name === 'job beginning')
  const second = spans.find(({ name }) => name === 'later')
  t.truthy(first)
  t.is(second?.parentSpanId ?? '', '')
  t.not(second?.traceId, first?.traceId)
})

test('work in the background that an open stream began is not part of its trace', async (t) => {
  const other = await openTracing(environment)
  if (other === undefined) throw new Error('No traces.')
  const { promise: isOpen, resolve: open } = Promise.withResolvers<void>()
  const { promise: fields, resolve: read } = Promise.withResolvers<object>()
  const app = new Koa()
  app.silent = true
  app.use(other.request as Koa.Middleware)
  app.use(async (ctx) => {
    t.regex(JSON.stringify(other.logFields()), /trace_id/)
    void isOpen.then(() => read(other.logFields()))
    ctx.type = 'text/event-stream'
    ctx.body = new PassThrough()
    ctx.flushHeaders()
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const leave = new AbortController()
  const traceparent = `00-${'8'.repeat(32)}-${CALLER}-01`
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    headers: { traceparent },
    signal: leave.signal,
  })
  open()
  t.deepEqual(await fields, {})
  leave.abort()
  await other.close()
  server.close()
  server.closeAllConnections()
})

test('a subscription over a WebSocket has a trace of its own', async (t) => {
  const client = await gateway.enter()
  const graphql = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${client.token}` },
  })
  const query = 'subscription OverSocket { companyChanges { position } }'
  const subscription = graphql.iterate({ query, operationName: 'OverSocket' })
  const first = subscription.next()
  const named = () => spans.filter((span) => attributeOf(span, 'graphql.operation.name') === 'OverSocket')
  await until('a span of the subscription', () => named().length > 0)
  const [span] = named()
  t.is(span?.name, 'subscription')
  t.is(span?.parentSpanId ?? '', '')
  await graphql.dispose()
  await first
})

test('a stream that its reader leaves has not failed', async (t) => {
  const client = await gateway.enter()
  const leave = new AbortController()
  const stream = await fetch(`${gateway.url}/changes/stream`, {
    headers: { authorization: `Bearer ${client.token}`, traceparent: `00-${'7'.repeat(32)}-${CALLER}-01` },
    signal: leave.signal,
  })
  t.is(stream.status, 200)
  await stream.body?.getReader().read()
  leave.abort()
  const requests = () => ofTrace('7'.repeat(32)).filter(({ kind }) => kind === 2)
  await until('a span of the request', () => requests().length > 0)
  const [span] = requests()
  t.is(attributeOf(span as Span, 'http.route'), '/changes/stream')
  t.is(attributeOf(span as Span, 'error.type'), undefined)
  t.is((span as Span).status?.code ?? 0, 0)
})

test("a caller's decision not to sample holds", async (t) => {
  const client = await gateway.enter()
  const unsampled = { traceparent: `00-${'2'.repeat(32)}-${CALLER}-00` }
  t.is((await client.request('GET', '/rest/companies', undefined, unsampled)).status, 200)
  const sampled = { traceparent: `00-${'3'.repeat(32)}-${CALLER}-01` }
  await client.request('GET', '/rest/companies', undefined, sampled)
  await until('a span of the request', () => ofTrace('3'.repeat(32)).some(({ kind }) => kind === 2))
  // It holds for the deliveries of its changes, too, and receivers learn of it.
  const path = '/hook/unsampled'
  await client.request('POST', '/rest/webhooks', { targetUrl: receiver.url(path) })
  t.is((await client.request('POST', '/rest/companies', { name: 'Unsampled' }, unsampled)).status, 201)
  await receiver.next(path, 1)
  t.regex(String(receiver.at(path)[0]?.headers.traceparent), /^00-2{32}-(?!0{16})[0-9a-f]{16}-00$/)
  await client.request('POST', '/rest/companies', { name: 'Sampled' }, sampled)
  await until('a later delivery', () =>
    ofTrace('3'.repeat(32)).some(({ name }) => name === 'webhook delivery'),
  )
  t.deepEqual(ofTrace('2'.repeat(32)), [])
})

test('no log line, audit row, error answer, metric or span holds a secret', async (t) => {
  const client = await gateway.enter()
  const { pool } = gateway.gateway
  const operator = await createOperatorKey(pool, 'canary')
  const session = `tenantry_session_${'c4n4ry'.repeat(7)}`
  const hookSecret = 'c4'.repeat(32)
  const password = 'canary-pa55'
  const { body } = await client.request('POST', '/changes/tickets', {})
  const ticket = String(body.data?.ticket ?? body.ticket)
  const secrets = [client.token, operator.secret, session, hookSecret, password, ticket, METRICS]
  t.true(
    secrets.every((each) => each.length > 10),
    JSON.stringify(secrets.map(({ length }) => length)),
  )
  const answers: string[] = []
  for (const secret of secrets) {
    const headers = {
      'user-agent': secret.startsWith('canary') ? 'agent' : `agent ${secret}`,
      cookie: `tenantry_session=${session}`,
      referer: `https://user:${password}@receiver.test/?ticket=${ticket}`,
    }
    const isToken = secret !== password && secret !== METRICS
    const paths = ['/rest/companies?token=', '/changes/stream?ticket=', '/admin/workspaces?secret=']
    for (const path of isToken ? [...paths, '/rest/', '/nothing/', '/rest/companies/'] : paths) {
      const answer = await client.request('GET', `${path}${encodeURIComponent(secret)}x`, undefined, headers)
      if (answer.status >= 400) answers.push(answer.text)
    }
    const refused = await ask(`${gateway.url}/rest/companies`, 'GET', undefined, {
      authorization: `Bearer ${secret}x`,
    })
    answers.push(refused.text)
  }
  const hook = { targetUrl: receiver.url('/hook/canary'), secret: hookSecret }
  t.is((await client.request('POST', '/rest/webhooks', hook)).status, 201)
  const withPassword = { targetUrl: `https://user:${password}@receiver.test/` }
  answers.push((await client.request('POST', '/rest/webhooks', withPassword)).text)
  log.warn({ err: new Error(`no route to postgres://user:${password}@db/x`) }, `Cookie: ${session}`)
  const last = { traceparent: `00-${'5'.repeat(32)}-${CALLER}-01` }
  await client.request('POST', '/rest/companies', { name: 'last' }, last)
  await receiver.next('/hook/canary', 1)
  await until('the last span', () => ofTrace('5'.repeat(32)).some(({ name }) => name === 'webhook delivery'))
  const { rows } = await pool.query('select row_to_json(a)::text as text from tenantry.audit a')
  const port = gateway.gateway.adminPort() ?? 0
  const metrics = await ask(`http://127.0.0.1:${port}/metrics`, 'GET', undefined, {
    authorization: `Bearer ${METRICS}`,
  })
  t.is(metrics.status, 200)
  t.true(answers.length > 20)
  const places = { lines, rows, answers, spans, metrics: metrics.text }
  for (const [place, held] of Object.entries(places)) {
    const text = JSON.stringify(held)
    t.true(text.length > 500, `${place} is empty`)
    for (const [at, secret] of secrets.entries())
      t.false(
        text.includes(secret),
        `${place} has secret ${at}: …${text.slice(Math.max(0, text.indexOf(secret) - 120), text.indexOf(secret))}`,
      )
  }
})

test('background jobs have traces of their own', async (t) => {
  const job = () => spans.find(({ name }) => name.startsWith('job '))
  await until('a span of a job', () => job() !== undefined)
  t.is(job()?.parentSpanId ?? '', '')
})

test('a long statement is shortened between words, and keeps its command, table and conditions', (t) => {
  const columns = Array.from({ length: 300 }, (_, at) => `t."column ${at}"`).join(', ')
  const of = (text: string) => {
    const { textIn, ...described } = describeStatement(text)
    return { ...described, text: textIn('w_a') }
  }
  const long = of(`select ${columns} from "${PLACEHOLDER}"."company" t where t."name" = $1`)
  t.is(long.table, 'company')
  t.true(long.text.startsWith('select t."column 0", ') && long.text.endsWith(' where t."name" = $1'))
  t.true(long.text.includes(' … ') && long.text.length < 1_010)
  for (let at = 0; at < 60; at += 1) {
    const { text } = of(
      `select ${'x'.repeat(at)} "${PLACEHOLDER}"."a", ${`"${PLACEHOLDER}"."b" `.repeat(200)}`,
    )
    t.regex(text.replaceAll('"w_a"', ''), /^select x* ?[."ab, …]+$/)
  }
  t.is(of(`select 1 from "${PLACEHOLDER}"."b"`).text, 'select 1 from "w_a"."b"')
  t.is(of('x'.repeat(2_000)).text, ' …')
  for (const text of [`select ${ownFunction('search_vector')}($1)`, `select "${PLACEHOLDER}".*`])
    for (const schema of ['w_a', 'w "b'])
      t.is(describeStatement(text).textIn(schema), bindSchema(text, schema))
})

for (const [text, operation] of [
  ['select 1', 'SELECT'],
  ['  -- a comment; update\n/* another * one */ ((insert into a', 'INSERT'],
  ['with a as (select 1) update "a" set b = 1', 'UPDATE'],
  ['$1', ''],
  [`${'/**/ '.repeat(5_000)}$1`, ''],
  [`${'/* '.repeat(5_000)}select`, ''],
] as const)
  test(`the operation of ${text.slice(0, 60)} is ${operation || 'unknown'}`, (t) => {
    t.is(operationOf(text), operation)
  })

test('protobuf is the default', async (t) => {
  const other = await openTracing({ OTEL_TRACES_EXPORTER: 'otlp' })
  await other?.job('one', async () => t.pass())
  await other?.close()
  const sent = bodies.find(({ type }) => type === 'application/x-protobuf')
  t.true(sent?.body.includes('job one'))
})

test('without the variables nothing is opened, and a package that is missing is named', async (t) => {
  t.is(await openTracing({}), undefined)
  t.is(await openTracing({ ...environment, OTEL_SDK_DISABLED: 'true' }), undefined)
  t.is(await openTracing({ ...environment, OTEL_TRACES_EXPORTER: 'none' }), undefined)
  await t.throwsAsync(
    openTracing(environment, (name) => import(`${name}-absent`)),
    {
      message: /npm install @opentelemetry\/api .*exporter-trace-otlp-http, or set OTEL_TRACES_EXPORTER=none/,
    },
  )
})

test('wrong variables are refused together', (t) => {
  const error = t.throws(
    () =>
      traceSettingsOf({
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '7',
      }),
    { instanceOf: ConfigError },
  )
  t.regex(
    error?.message ?? '',
    /OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; expected http\/protobuf or http\/json/,
  )
  t.regex(error?.message ?? '', /OTEL_TRACES_SAMPLER_ARG is "7"; expected a number from 0 to 1/)
})

test('a collector that does not answer does not hold up the end', async (t) => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const traces = `http://127.0.0.1:${port}/v1/traces`
  const names = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'] as const
  // The exporter reads them from the process. Its timeout is longer than the test's.
  for (const [name, value] of [
    [names[0], traces],
    [names[1], '600000'],
  ] as const)
    process.env[name] = value
  const other = await openTracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces })
  for (const name of names) delete process.env[name]
  if (other === undefined) throw new Error('No traces.')
  await other.job('unanswered', async () => undefined)
  const asked = once(silent, 'request')
  await other.close()
  await asked
  t.pass()
  silent.closeAllConnections()
  silent.close()
})

test('an endpoint that is no URL of HTTP is refused', (t) => {
  for (const endpoint of ['127.0.0.1:4318', 'localhost:4318', 'collector', 'grpc://collector:4317'])
    for (const variable of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) {
      const error = t.throws(() => traceSettingsOf({ [variable]: endpoint }), { instanceOf: ConfigError })
      t.true(error?.message.includes(`${variable} is `), error?.message)
    }
  t.truthy(traceSettingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4318/path' }))
})

for (const [text, isValid] of [
  [`00-${TRACE}-${CALLER}-01`, true],
  [`cc-${TRACE}-${CALLER}-01-more`, true],
  [`00-${TRACE}-${CALLER}-01-more`, false],
  [`ff-${TRACE}-${CALLER}-01`, false],
  [`00-${'0'.repeat(32)}-${CALLER}-01`, false],
  [`00-${TRACE}-${'0'.repeat(16)}-01`, false],
  [`00-${TRACE.toUpperCase()}-${CALLER}-01`, false],
  ['', false],
] as const)
  test(`traceparent ${text || '(empty)'} is ${isValid ? 'followed' : 'ignored'}`, (t) => {
    t.is(parseTraceparent(text) !== null, isValid)
  })
