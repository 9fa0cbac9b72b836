// The metrics of one gateway, in the text format of Prometheus. Loaded only where ADMIN_PORT is set. Labels
// hold no workspace, role, table or operation name: the number of series does not grow with the tenants.

import {
  type Aggregator,
  Counter,
  Gauge,
  type MetricObject,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import type { StatementRun } from '../../sql/pipeline/pool.ts'
import type { Middleware } from '../http/context.ts'
import { VERSION } from '../version.ts'
import { type CacheSource, watchCaches } from './cacheMetrics.ts'
import { type ChangeSource, watchChangeLog } from './changeMetrics.ts'
import { createStatementMetrics, type Pools, watchPools } from './databaseMetrics.ts'
import { createRequestMetrics } from './requestMetrics.ts'
import { watchRuntime } from './runtimeMetrics.ts'
import type { TopRequest } from './top.ts'
import {
  createWebhookMetrics,
  type WebhookObserver,
  type WebhookQueueSource,
  watchWebhookQueue,
} from './webhookMetrics.ts'
import { createListedWorkspaces, watchWorkspaces } from './workspaceMetrics.ts'

export interface Sources extends Pools, WebhookQueueSource, CacheSource, ChangeSource {
  /** Whether notifications of other gateways and of DDL arrive. */
  readonly isListening: () => boolean
  readonly stats: () => {
    readonly workspaces: number
    readonly schemaVersions: number
    readonly compilations: number
    readonly streams: number
  }
}

export interface MetricDescription {
  readonly name: string
  readonly type: string
  readonly labels: readonly string[]
  readonly help: string
}

export interface Metrics {
  /** Measures requests; first of the middlewares. */
  readonly measure: Middleware
  readonly onStatement: (run: StatementRun) => void
  /** Of authenticated callers; undefined: no workspace has metrics of its own. */
  readonly onRequest: ((request: TopRequest) => void) | undefined
  readonly onRateLimited: (scope: string) => void
  readonly webhooks: WebhookObserver
  /** Begins to read gauges from the parts of the gateway; once. */
  readonly watch: (sources: Sources) => void
  readonly contentType: string
  readonly text: () => Promise<string>
  /** For the sum of several processes. */
  readonly json: () => Promise<MetricObjectWithValues<MetricValue<string>>[]>
  /** Every metric that is known by now, for the documentation. */
  readonly list: () => readonly MetricDescription[]
  readonly close: () => void
}

const gauge = (
  registry: Registry,
  name: string,
  help: string,
  read: () => number,
  aggregator: Aggregator = 'sum',
): void => {
  new Gauge({
    name,
    help,
    aggregator,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}

const watchGateway = (registry: Registry, { isListening, stats }: Sources): void => {
  gauge(
    registry,
    'tenantry_listener_up',
    'Whether the connection for notifications from other gateways is up.',
    () => (isListening() ? 1 : 0),
    'min',
  )
  gauge(
    registry,
    'tenantry_model_cache_workspaces',
    'Workspaces whose data model is in memory.',
    () => stats().workspaces,
  )
  gauge(
    registry,
    'tenantry_model_cache_entries',
    'Data models in memory; workspaces with equal models share one.',
    () => stats().schemaVersions,
  )
  gauge(registry, 'tenantry_change_streams', 'Open change streams.', () => stats().streams)
  new Counter({
    name: 'tenantry_graphql_compilations_total',
    help: 'GraphQL schemas that were compiled.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(stats().compilations)
    },
  })
}

/** The library declares no labels of its metrics. */
export const describeMetric = (metric: MetricObject): MetricDescription => {
  const { name, help } = metric
  const labels =
    'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : []
  return { name, type: metric.constructor.name.toLowerCase(), labels, help }
}

/** @param workspaces ids of the ones with metrics of their own */
export const createMetrics = (workspaces: readonly string[] = []): Metrics => {
  const registry = new Registry()
  new Gauge({
    name: 'tenantry_build_info',
    help: 'Versions; the value is 1.',
    labelNames: ['version', 'node'] as const,
    aggregator: 'first',
    registers: [registry],
  }).set({ version: VERSION, node: process.versions.node }, 1)
  const rateLimited = new Counter({
    name: 'tenantry_rate_limited_total',
    help: 'Requests rejected by a rate limit, by kind of limit.',
    labelNames: ['scope'] as const,
    registers: [registry],
  })
  const close = watchRuntime(registry)
  const measure = createRequestMetrics(registry)
  const countStatement = createStatementMetrics(registry)
  const listed = workspaces.length === 0 ? undefined : createListedWorkspaces(registry, workspaces)
  return Object.freeze({
    measure,
    onStatement:
      listed === undefined
        ? countStatement
        : (run: StatementRun): void => {
            countStatement(run)
            listed.onStatement(run)
          },
    onRequest: listed?.onRequest,
    webhooks: createWebhookMetrics(registry),
    onRateLimited: (scope: string): void => rateLimited.inc({ scope }),
    watch: (sources: Sources): void => {
      watchPools(registry, sources)
      watchCaches(registry, sources)
      watchGateway(registry, sources)
      watchChangeLog(registry, sources)
      watchWebhookQueue(registry, sources)
      watchWorkspaces(registry, sources)
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
    json: () => registry.getMetricsAsJSON(),
    list: () => registry.getMetricsAsArray().map(describeMetric),
    close,
  })
}
