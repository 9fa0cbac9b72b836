// Webhooks of operators, wired: the same machinery as for webhooks of workspaces, with workers of its own,
// so that neither delays the other.

import type { Pool } from 'pg'
import type { Log } from '../../../sql/log.ts'
import { OF_OPERATORS } from '../../../tenants/changes/webhookTables.ts'
import type { ClaimRequest } from '../../../tenants/webhook/claim.ts'
import { claimHostDeliveries, type HostDelivery } from '../../../tenants/webhook/host/claim.ts'
import type { Keyring } from '../../auth/keyring.ts'
import { createChangeJudge } from '../../changes/judge.ts'
import type { Ticker } from '../../changes/ticker.ts'
import type { WebhookTracing } from '../../observe/trace/tracing.ts'
import type { WebhookObserver } from '../../observe/webhookMetrics.ts'
import { createDeliver } from '../../webhooks/deliver.ts'
import { createDispatcher, type Dispatcher } from '../../webhooks/dispatcher.ts'
import { createDeliverySlots } from '../../webhooks/queue/slots.ts'
import { createWorkers } from '../../webhooks/queue/workers.ts'
import { tracedAttempts } from '../../webhooks/traced.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'
import { createEntriesOf } from '../changes/entries.ts'
import { createHostPositions } from '../changes/position.ts'
import type { ReaderOptions } from '../changes/reader.ts'
import { createValuesOf } from '../changes/values.ts'
import { createHostCompose } from './compose.ts'
import { createHostFanOut } from './fanOut.ts'
import { createHostDeliveriesOf } from './hostDeliveries.ts'
import { createHostReplay, type HostReplay } from './replay.ts'
import { createHostSample, type MakeHostSample } from './sample.ts'

interface HostWebhooksOptions extends ReaderOptions {
  readonly pool: Pool
  readonly ticker: Ticker
  readonly keyring: Keyring
  readonly log: Log
  readonly clock: () => number
  readonly observer?: WebhookObserver | undefined
  readonly tracing?: WebhookTracing | undefined
  readonly webhooks: Pick<Webhooks, 'secrets' | 'send'>
}

interface HostWebhooks extends Omit<Dispatcher, 'close'> {
  /** Stops, and waits for running attempts. The sender has to be closed before. */
  readonly stop: () => Promise<void>
  readonly replay: HostReplay
  readonly sample: MakeHostSample
  readonly idle: () => Promise<void>
}

/** Of all workspaces together. */
const PER_WEBHOOK = 20

export const createHostWebhooks = (options: HostWebhooksOptions): HostWebhooks => {
  const { pool, placement, ticker, log, clock, webhooks, observer } = options
  const judge = createChangeJudge({ ...options, connections: placement.connections })
  const entriesOf = createEntriesOf({ ...options, valuesOf: createValuesOf({ ...options, judge }) })
  const compose = createHostCompose({ entriesOf, secrets: webhooks.secrets, clock })
  const parts = { pool, tables: OF_OPERATORS, log, clock, observer }
  const traced = tracedAttempts<HostDelivery>(options.tracing, ({ row }) => row?.traceparent)
  const slots = createDeliverySlots({ perWebhook: PER_WEBHOOK })
  const deliver = createDeliver({ ...parts, compose, slots, send: webhooks.send, traced })
  const claim = (request: ClaimRequest) => claimHostDeliveries(pool, request)
  const workers = createWorkers({
    claim,
    deliver,
    slots,
    perWebhook: PER_WEBHOOK,
    clock,
    onFree: () => dispatcher.look(),
  })
  const onReset = (): void =>
    log.warn(
      {},
      "changes were not delivered to operators' webhooks: the change feed no longer reaches back to them",
    )
  const deliveriesOf = createHostDeliveriesOf(options)
  const fanOut = createHostFanOut({ pool, deliveriesOf, clock, onReset })
  const positions = createHostPositions(options.keyring)
  const dispatcher = createDispatcher({ ...parts, ticker, fanOut, workers })
  const { close, ...others } = dispatcher
  const stop = async (): Promise<void> => {
    await close()
    slots.close()
  }
  const replay = createHostReplay({ pool, positions, deliveriesOf, clock })
  return { ...others, replay, sample: createHostSample({ ...options, clock }), stop, idle: workers.idle }
}
