// Metrics of webhooks: requests to receivers, deliveries that ended, and what waits. Hosts and webhooks are
// the tenants' and stay out of the labels.

import { Counter, Histogram, type Registry } from 'prom-client'
import type { WebhookQueue } from '../../tenants/webhook/queue.ts'
import { createSeries } from './series.ts'
import { sharedGauge, sharedRead } from './sharedRead.ts'

/** In seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15]
const LAG_BUCKETS = [0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
/** Receivers choose their status codes. Each is 15 series. */
const MOST_LABEL_SETS = 20
const FIRST_ERROR = 400

/** Informed by the deliveries of this gateway. */
export interface WebhookObserver {
  /** @param status of the answer; null without one */
  readonly onAttempt: (status: number | null, ms: number) => void
  /** A first attempt began so long after its change, and the webhook was as it is now all the time. */
  readonly onFirstAttempt: (lagMs: number) => void
  readonly onEnded: (status: 'delivered' | 'failed' | 'cancelled') => void
}

export const createWebhookMetrics = (registry: Registry): WebhookObserver => {
  const registers = [registry]
  const series = createSeries(registry, {
    name: 'http_client_request_duration_seconds',
    help: 'Duration of requests to receivers of webhooks.',
    labelNames: ['http_request_method', 'http_response_status_code', 'error_type'],
    buckets: BUCKETS,
    most: MOST_LABEL_SETS,
    rest: { http_request_method: 'POST', error_type: '(other)' },
  })
  const lag = new Histogram({
    name: 'tenantry_webhook_lag_seconds',
    help: 'Time from a change to the first attempt of its delivery, unless the webhook was changed in between.',
    buckets: LAG_BUCKETS,
    registers,
  })
  const ended = new Counter({
    name: 'tenantry_webhook_deliveries_total',
    help: 'Finished deliveries, by result.',
    labelNames: ['status'] as const,
    registers,
  })
  for (const status of ['delivered', 'failed', 'cancelled']) ended.inc({ status }, 0)
  return {
    onAttempt: (status, ms) => {
      const error = status === null ? 'no answer' : status >= FIRST_ERROR ? String(status) : undefined
      series.observe(
        String(status),
        () => ({
          http_request_method: 'POST',
          ...(status === null ? {} : { http_response_status_code: String(status) }),
          ...(error === undefined ? {} : { error_type: error }),
        }),
        ms / 1_000,
      )
    },
    onFirstAttempt: (lagMs) => lag.observe(Math.max(lagMs, 0) / 1_000),
    onEnded: (status) => ended.inc({ status }),
  }
}

export interface WebhookQueueSource {
  readonly webhookQueue: () => Promise<WebhookQueue>
}

export const watchWebhookQueue = (registry: Registry, { webhookQueue }: WebhookQueueSource): void => {
  const read = sharedRead(webhookQueue)
  sharedGauge({
    name: 'tenantry_webhook_overdue_seconds',
    help: 'Time since the longest waiting delivery of an active webhook became due.',
    registers: [registry],
    async collect() {
      this.set((await read())?.overdueSeconds ?? Number.NaN)
    },
  })
  sharedGauge({
    name: 'tenantry_webhook_queue',
    help: 'Deliveries that wait in the database, for active webhooks and for paused or disabled ones.',
    labelNames: ['state'] as const,
    registers: [registry],
    async collect() {
      const found = await read()
      this.set({ state: 'active' }, found?.active ?? Number.NaN)
      this.set({ state: 'stopped' }, found?.stopped ?? Number.NaN)
    },
  })
}
