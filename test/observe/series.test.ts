import test from 'ava'
import { Pool } from 'pg'
import pino from 'pino'
import { Registry } from 'prom-client'
import { createApp } from '../../gateway/app.ts'
import type { Context } from '../../gateway/http/context.ts'
import { createHttpServer } from '../../gateway/http/server.ts'
import { routesOf, withoutAuthorisation } from '../../gateway/http/surface.ts'
import { createMetrics } from '../../gateway/observe/metrics.ts'
import { createSeries } from '../../gateway/observe/series.ts'
import { createMergedText, type MetricsJson, retire } from '../../gateway/processes/mergeMetrics.ts'
import { readMetrics } from './metricsText.ts'

test('a histogram has no more sets of labels than its bound, and one for the rest', async (t) => {
  const registry = new Registry()
  const series = createSeries(registry, {
    name: 'bounded_seconds',
    help: 'A test.',
    labelNames: ['route'],
    buckets: [0.1, 1],
    most: 3,
    rest: { route: '(other)' },
  })
  for (let round = 0; round < 2; round += 1)
    for (let route = 0; route < 50; route += 1)
      series.observe(String(route), () => ({ route: String(route) }), 0.5)
  for (const seconds of [0.1, 0.100001, 1, 1.1]) series.observe('0', () => ({}), seconds)
  const text = await registry.metrics()
  // A bound is part of its bucket.
  const inBuckets = text
    .split('\n')
    .filter((line) => line.startsWith('bounded_seconds_bucket') && line.includes('route="0"'))
  t.deepEqual(inBuckets, [
    'bounded_seconds_bucket{le="0.1",route="0"} 1',
    'bounded_seconds_bucket{le="1",route="0"} 5',
    'bounded_seconds_bucket{le="+Inf",route="0"} 6',
  ])
  t.is(readMetrics(text).get('bounded_seconds_sum{route="0"}'), 2 * 0.5 + 0.1 + 0.100001 + 1 + 1.1)
  const counts = text.split('\n').filter((line) => line.startsWith('bounded_seconds_count'))
  t.deepEqual(counts, [
    'bounded_seconds_count{route="0"} 6',
    'bounded_seconds_count{route="1"} 2',
    'bounded_seconds_count{route="2"} 2',
    'bounded_seconds_count{route="(other)"} 94',
  ])
})

test('requests of 5,000 workspaces make less than 2,760 series, in the text format', async (t) => {
  const metrics = createMetrics()
  t.teardown(metrics.close)
  const before = readMetrics(await metrics.text()).size
  for (let at = 0; at < 5_000; at += 1) {
    const outcome = { busyMs: at % 50, rows: 1, workspace: `workspace ${at}` }
    const sqlstate = at % 3 === 0 ? null : `${10_000 + (at % 200)}`
    metrics.onStatement({ ...outcome, operation: at % 2 === 0 ? 'SELECT' : 'UPDATE', sqlstate })
    metrics.webhooks.onAttempt(200 + (at % 400), 10)
  }
  const patterns = Array.from({ length: 200 }, (_, at) => `/route${at}/{id}`)
  const rows = patterns.map((pattern) => ({
    pattern,
    methods: {
      GET: async (ctx: Context) => {
        ctx.body = 'ok'
      },
    },
  }))
  const app = createApp({
    log: pino({ level: 'silent' }),
    isHttps: false,
    trustedProxies: 0,
    routes: routesOf({ authorise: withoutAuthorisation }, rows),
    measure: metrics.measure,
  })
  const server = createHttpServer(app.callback())
  const port = await server.listen(0, '127.0.0.1')
  t.teardown(() => server.close(0))
  for (const [at, pattern] of patterns.entries()) {
    const answer = await fetch(`http://127.0.0.1:${port}${pattern.replace('{id}', `record${at}`)}`)
    t.is(await answer.text(), 'ok')
  }
  const values = readMetrics(await metrics.text())
  const added = values.size - before
  t.true(added > 2_500 && added < 2_760, `${added} series`)
  t.notRegex([...values.keys()].join(), /workspace \d|record\d/)
  const rest = values.get('http_server_request_duration_seconds_count{http_route="(other)"}')
  t.true((rest ?? 0) >= 80)
})

const processOf = (routes: readonly string[], seen = 1) => {
  const registry = new Registry()
  const series = createSeries(registry, {
    name: 'bounded_seconds',
    help: 'A test.',
    labelNames: ['route', 'status'],
    buckets: [1],
    most: 3,
    rest: { route: '(other)' },
  })
  for (const route of routes)
    for (let time = 0; time < seen; time += 1) series.observe(route, () => ({ route, status: '200' }), 0.5)
  return async () => structuredClone((await registry.getMetricsAsJSON()) as MetricsJson)
}

test('processes whose label sets differ keep the bound together, and no count falls', async (t) => {
  const mergedText = createMergedText()
  const first = await processOf(['a', 'b'])()
  t.is((await mergedText([first]).then(readMetrics)).get('bounded_seconds_count{route="b",status="200"}'), 1)
  const second = await processOf(['z', 'c', 'b', 'y', 'x'])()
  const merged = readMetrics(await mergedText([second, first]))
  const counts = (values: ReadonlyMap<string, number>) =>
    [...values].filter(([name]) => name.startsWith('bounded_seconds_count')).toSorted()
  const expected = [
    ['bounded_seconds_count{route="(other)"}', 3],
    ['bounded_seconds_count{route="a",status="200"}', 1],
    ['bounded_seconds_count{route="b",status="200"}', 2],
    ['bounded_seconds_count{route="z",status="200"}', 1],
  ]
  t.deepEqual(counts(merged), expected)
  t.is(merged.get('bounded_seconds_bucket{le="1",route="(other)"}'), 3)
  t.is(merged.get('bounded_seconds_sum{route="(other)"}'), 1.5)
  // The second one ends, and another one begins with other routes.
  const next = await processOf(['q'], 2)()
  const later = readMetrics(await mergedText([first, next, await retire([], second)]))
  t.deepEqual(counts(later), [['bounded_seconds_count{route="(other)"}', 5], ...expected.slice(1)])
})

const CONNECTIONS = {
  open: 3,
  busy: 1,
  max: 4,
  inFlight: 1,
  waiting: 0,
  prepared: 2,
  statements: 0,
  retries: 0,
  lost: 6,
  recycled: 0,
  age: 0,
  memory: 0,
}

test('counters of processes are added up, and values that all read from one place are not', async (t) => {
  const open = async (): Promise<MetricsJson> => {
    const metrics = createMetrics()
    t.teardown(metrics.close)
    metrics.watch({
      connections: () => CONNECTIONS,
      coordinator: new Pool({ max: 1, host: '127.0.0.1', port: 1 }),
      servers: () => ({ inUse: null, servers: [], rivals: ['a', 'b'], foreign: ['c'], moves: 1 }),
      caches: { report: () => [], maxBytes: 14 },
      feedState: async () => ({ unreadSeconds: 7, bytes: 8, partitions: 9, uncapturedTables: 10 }),
      feedResets: () => 5,
      webhookQueue: async () => ({ active: 11, stopped: 12, overdueSeconds: 13 }),
      isListening: () => true,
      stats: () => ({ workspaces: 1, schemaVersions: 1, compilations: 1, streams: 1 }),
    })
    return structuredClone((await metrics.json()) as MetricsJson)
  }
  const values = readMetrics(await createMergedText()([await open(), await open()]))
  const shared = {
    tenantry_database_rivals: 2,
    tenantry_database_foreign: 1,
    tenantry_feed_unread_seconds: 7,
    tenantry_feed_bytes: 8,
    tenantry_feed_partitions: 9,
    tenantry_feed_uncaptured_tables: 10,
    'tenantry_webhook_queue{state="active"}': 11,
    'tenantry_webhook_queue{state="stopped"}': 12,
    tenantry_webhook_overdue_seconds: 13,
    tenantry_listener_up: 1,
  }
  const added = {
    tenantry_feed_resets_total: 10,
    tenantry_connections_lost_total: 12,
    tenantry_cache_max_bytes: 28,
    tenantry_change_streams: 2,
    'db_client_connection_max{db_client_connection_pool_name="requests"}': 8,
  }
  for (const [name, value] of Object.entries({ ...shared, ...added })) t.is(values.get(name), value, name)
  t.is([...values].find(([name]) => name.startsWith('tenantry_build_info'))?.[1], 1)
  t.true((values.get('process_start_time_seconds') ?? 0) < Date.now() / 1_000)
})
