import test from 'ava'
import pino from 'pino'
import { Histogram, Registry } from 'prom-client'
import { createApp } from '../../gateway/app.ts'
import type { Context } from '../../gateway/http/context.ts'
import { createHttpServer } from '../../gateway/http/server.ts'
import { routesOf, withoutAuthorisation } from '../../gateway/http/surface.ts'
import { createMetrics } from '../../gateway/observe/metrics.ts'
import { createSeries } from '../../gateway/observe/series.ts'
import { readMetrics } from './metricsText.ts'

test('a histogram has no more sets of labels than its bound, and one for the rest', async (t) => {
  const registry = new Registry()
  const histogram = new Histogram({
    name: 'bounded_seconds',
    help: 'A test.',
    labelNames: ['route'] as const,
    buckets: [1],
    registers: [registry],
  })
  const series = createSeries(histogram, 3, { route: '(other)' })
  for (let round = 0; round < 2; round += 1)
    for (let route = 0; route < 50; route += 1)
      series.observe(String(route), () => ({ route: String(route) }), 0.5)
  const counts = (await registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('bounded_seconds_count'))
  t.deepEqual(counts, [
    'bounded_seconds_count{route="0"} 2',
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
