// Traces of requests, statements, background jobs and deliveries of webhooks. Absent, and nothing of it
// loaded, unless the standard variables of OpenTelemetry ask for them.

import type { Pool } from 'pg'
import type { Log } from '../../../sql/log.ts'
import type { ConnectionPool } from '../../../sql/pipeline/pool.ts'
import type { Middleware } from '../../http/context.ts'
import { redact } from '../../redact.ts'
import { traceRequests } from './requestSpan.ts'
import { type Load, openTracer } from './sdk.ts'
import { traceSettingsOf } from './settings.ts'
import type { SpanDetails } from './span.ts'
import { createSpans, KIND, type Spans, settled } from './spans.ts'
import { serverOf, traceConnections, traceOwner } from './statements.ts'

/** What the span of a delivery names. */
interface TracedDelivery {
  readonly id: string
  /** Of the change, where its request was traced. */
  readonly traceparent?: string | null | undefined
  readonly webhook: { readonly id: string; readonly workspaceId: string }
}

/** A request to a receiver. */
interface TracedSend {
  readonly host: string
  readonly port: number
}

export interface WebhookTracing {
  readonly delivery: <T>(delivery: TracedDelivery, work: () => Promise<T>) => Promise<T>
  /** @param work gets the headers that continue the trace @returns its result, whose status the span has */
  readonly send: <T extends { readonly status: number } | { readonly error: string }>(
    target: TracedSend,
    work: (headers: Readonly<Record<string, string>>) => Promise<T>,
  ) => Promise<T>
}

export interface Tracing {
  readonly request: Middleware
  /** Traces the statements of requests, given the URL of their server. */
  readonly connections: (url: () => string, pool: ConnectionPool) => ConnectionPool
  readonly owner: (url: () => string, pool: Pool) => void
  readonly job: <T>(name: string, work: () => Promise<T>) => Promise<T>
  /** A GraphQL operation of the current request; the name is the caller's. */
  readonly operation: <T>(
    operation: { readonly type: string; readonly name: string | undefined },
    work: () => Promise<T>,
  ) => Promise<T>
  readonly webhooks: WebhookTracing
  /** Ids of the current span, for a line of the log. */
  readonly logFields: () => object
  /** Reports failures of the exporter from now on. */
  readonly reportTo: (log: Log) => void
  readonly close: () => Promise<void>
}

const FIRST_ERROR = 400

// Functions of their own make the details: a closure among others would hold the values of all of them until
// the span is exported.

const deliveryDetails = (id: string, webhookId: string, workspaceId: string) => (): SpanDetails => ({
  name: 'webhook delivery',
  attributes: {
    'tenantry.delivery.id': id,
    'tenantry.webhook.id': webhookId,
    'tenantry.workspace.id': workspaceId,
  },
})

const sendDetails =
  ({ host, port }: TracedSend, answer: { status: number | null }) =>
  (): SpanDetails => ({
    name: 'POST',
    attributes: {
      'http.request.method': 'POST',
      'server.address': host,
      'server.port': port,
      ...(answer.status === null ? {} : { 'http.response.status_code': answer.status }),
    },
  })

const createWebhookTracing = (spans: Spans): WebhookTracing => ({
  delivery: async ({ id, traceparent, webhook }, work) => {
    const span = spans.begin({
      kind: KIND.internal,
      details: deliveryDetails(id, webhook.id, webhook.workspaceId),
      parent: { traceparent },
    })
    return spans.within(span, work).finally(() => span.end())
  },
  // Addresses of receivers hold secrets in their paths.
  send: async ({ host, port }, work) => {
    const answer: { status: number | null } = { status: null }
    const span = spans.begin({ kind: KIND.client, details: sendDetails({ host, port }, answer) })
    return settled(span, async () => {
      const outcome = await work(spans.headersOf(span))
      if ('status' in outcome) answer.status = outcome.status
      if (!('status' in outcome)) span.error = 'no answer'
      else if (outcome.status >= FIRST_ERROR) span.error = String(outcome.status)
      return outcome
    })
  },
})

const jobDetails = (name: string) => (): SpanDetails => ({
  name: `job ${name}`,
  attributes: { 'tenantry.job': name },
})

const traceJob =
  (spans: Spans): Tracing['job'] =>
  async (name, work) => {
    const span = spans.begin({
      kind: KIND.internal,
      details: jobDetails(name),
      parent: { traceparent: null },
    })
    return settled(span, () => spans.within(span, work))
  }

const MAX_NAME = 100

/** The operation's name is an attribute: in the span's name it would make too many different ones. */
const operationDetails = (type: string, name: string | undefined) => (): SpanDetails => ({
  name: type,
  attributes: {
    'graphql.operation.type': type,
    ...(name === undefined ? {} : { 'graphql.operation.name': redact(name.slice(0, MAX_NAME)) }),
  },
})

const traceOperation =
  (spans: Spans): Tracing['operation'] =>
  async ({ type, name }, work) => {
    const span = spans.begin({ kind: KIND.internal, details: operationDetails(type, name) })
    return settled(span, () => spans.within(span, work))
  }

/** Undefined: no traces are asked for. Throws a ConfigError, or an error that names the missing packages. */
export const openTracing = async (
  environment: Readonly<Record<string, string | undefined>>,
  load?: Load,
): Promise<Tracing | undefined> => {
  const settings = traceSettingsOf(environment)
  if (settings === null) return undefined
  let log: Log | null = null
  const opened = await openTracer(settings, () => log, load)
  const spans = createSpans(opened)
  return {
    request: traceRequests(spans),
    connections: (url, pool) => traceConnections(spans, serverOf(url), pool),
    owner: (url, pool) => traceOwner(spans, serverOf(url), pool),
    job: traceJob(spans),
    operation: traceOperation(spans),
    webhooks: createWebhookTracing(spans),
    logFields: () => {
      const span = spans.current()
      return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }
    },
    reportTo: (given) => {
      log = given
    },
    close: opened.close,
  }
}
