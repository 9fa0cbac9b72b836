// Metrics of HTTP requests: durations by method, route and status, and the number of running requests. The
// route is the pattern of the route table, so that no label has a tenant's word in it. Names and buckets are
// those of OpenTelemetry's semantic conventions for HTTP.

import { Gauge, type Registry } from 'prom-client'
import { type Context, METHODS, type Middleware } from '../http/context.ts'
import { createSeries } from './series.ts'

/** In seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** Each is 17 series: the buckets, their total, the sum and the count. */
const MOST_LABEL_SETS = 120
const METHOD_NAMES: ReadonlySet<string> = new Set(METHODS)

const methodOf = (method: string | undefined): string =>
  method !== undefined && METHOD_NAMES.has(method) ? method : '_OTHER'

/** Assets and pages of the console, and unknown paths, have no row in the route table. */
const routeOf = ({ state }: Context): string => state.target?.route?.pattern ?? '(no route)'

/** Measures every request until its last byte is sent, or its connection breaks. */
export const createRequestMetrics = (registry: Registry): Middleware => {
  const series = createSeries(registry, {
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests, until the last byte of the response is sent.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code', 'error_type'],
    buckets: BUCKETS,
    most: MOST_LABEL_SETS,
    rest: { http_route: '(other)' },
  })
  let running = 0
  new Gauge({
    name: 'http_server_active_requests',
    help: 'HTTP requests that are running, open streams included.',
    registers: [registry],
    collect() {
      this.set(running)
    },
  })
  return (ctx, next) => {
    const startMs = performance.now()
    const { req, res } = ctx
    running += 1
    res.once('close', () => {
      running -= 1
      const method = methodOf(req.method)
      const route = routeOf(ctx)
      const status = String(res.statusCode)
      const error = !res.writableFinished ? 'aborted' : res.statusCode >= 500 ? status : undefined
      series.observe(
        `${method} ${status} ${error ?? ''} ${route}`,
        () => ({
          http_request_method: method,
          http_route: route,
          http_response_status_code: status,
          ...(error === undefined ? {} : { error_type: error }),
        }),
        (performance.now() - startMs) / 1000,
      )
    })
    return next()
  }
}
