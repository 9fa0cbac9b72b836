// Webhooks, wired: from changes of the feed to requests at their receivers.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import { type ClaimedDelivery, type ClaimRequest, claimDeliveries } from '../../tenants/webhook/claim.ts'
import { readWholeQueue, type WebhookQueue } from '../../tenants/webhook/queue.ts'
import type { Caller } from '../auth/caller.ts'
import type { Keyring } from '../auth/keyring.ts'
import type { MemberCallers } from '../auth/members.ts'
import type { Feed } from '../changes/feed.ts'
import type { LayoutOf } from '../changes/layouts.ts'
import { createImageReader } from '../changes/readImages.ts'
import type { Config } from '../config.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { lazily } from '../lazily.ts'
import type { WebhookTracing } from '../observe/trace/tracing.ts'
import type { WebhookObserver } from '../observe/webhookMetrics.ts'
import type { Workspaces } from '../workspace/workspaces.ts'
import { type AddressRules, createAddressRules, endpointOf, type Resolve } from './addresses.ts'
import { createChangeFilter } from './changeFilter.ts'
import { type Compose, createCompose } from './compose.ts'
import { createDeliver } from './deliver.ts'
import { createDeliveriesOf } from './deliveries.ts'
import { createDispatcher } from './dispatcher.ts'
import { createFanOut } from './fanOut.ts'
import { createImageBatches } from './imageBatches.ts'
import { createModelAnnouncer, type ModelAnnouncer } from './modelEvents.ts'
import { createDeliverySlots } from './queue/slots.ts'
import { createWorkers } from './queue/workers.ts'
import { createReplay, type Replay } from './replay.ts'
import { createSample, type MakeSample } from './sample/sample.ts'
import { createWebhookSecrets, type WebhookSecrets } from './secret.ts'
import type { Sender, SenderOptions } from './send.ts'
import { createTestEvent, type SendTestEvent } from './testEvent.ts'
import { tracedAttempts, tracedSender } from './traced.ts'
import { callerOfWebhook, type WebhookReader } from './webhookCaller.ts'

/** What tests replace. */
export interface WebhookWorld {
  /** In milliseconds since the epoch. */
  readonly clock?: () => number
  readonly resolve?: Resolve
  readonly timeoutMs?: number
  /** What filters of a workspace may take before they are left to the attempts. */
  readonly judgedWithinMs?: number
}

interface WebhooksOptions {
  readonly pool: Pool
  readonly placement: { readonly connections: Pick<ConnectionPool, 'run'> }
  readonly layoutOf: LayoutOf
  readonly log: Log
  readonly keyring: Keyring
  readonly changes: { readonly feed: Pick<Feed, 'ticker' | 'positions'> }
  readonly workspaces: Pick<Workspaces<unknown>, 'open' | 'forget' | 'isOutdated'>
  readonly open: (caller: Caller) => Promise<RequestContext<unknown>>
  readonly callers: { readonly members: Pick<MemberCallers, 'of'> }
  /** Of Postgres. No webhook reaches it, Redis or the gateway itself. */
  /** URLs of Postgres. */
  readonly servers: readonly string[]
  readonly config: Pick<Config, 'outboundAllowedHosts' | 'outboundProxy' | 'redisUrl' | 'host' | 'adminHost'>
  /** Where the gateway listens. */
  readonly port: () => number
  /** Null: it has none. */
  readonly adminPort: () => number | null
  readonly world?: WebhookWorld | undefined
  readonly observer?: WebhookObserver | undefined
  readonly tracing?: WebhookTracing | undefined
}

export interface Webhooks {
  readonly rules: AddressRules
  readonly secrets: WebhookSecrets
  readonly models: Pick<ModelAnnouncer, 'announce'>
  readonly sendTestEvent: SendTestEvent
  readonly replay: Replay
  readonly sample: MakeSample
  /** What an attempt would send now, or why it would send nothing. */
  readonly compose: Compose
  /** What a webhook sees with; null: its role was deleted. Rejects with a Problem. */
  readonly contextOf: (webhook: WebhookReader) => Promise<RequestContext<unknown> | null>
  /** What waits, in all workspaces. */
  readonly queue: () => Promise<WebhookQueue>
  readonly start: () => void
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
  /** Looks for due attempts, now. */
  readonly look: () => void
  readonly send: Sender['send']
  readonly close: () => Promise<void>
}

/** Requests of one webhook that run at the same time, and deliveries that one claim takes. */
const PER_WEBHOOK = 5
const PER_CLAIM = 20
/** How long running attempts may take when the gateway closes. */
const CLOSE_WITHIN_MS = 2_000

const rulesOf = ({ config, servers: urls, port, adminPort, world }: WebhooksOptions): AddressRules => {
  const { redisUrl, host, adminHost, outboundAllowedHosts: allowedHosts } = config
  const servers = [...urls, redisUrl].flatMap((url) => (url === null ? [] : [endpointOf(url)]))
  return createAddressRules({
    allowedHosts,
    closed: () => {
      const ownAdminPort = adminPort()
      const admin = ownAdminPort === null ? [] : [{ host: adminHost, port: ownAdminPort }]
      return [...servers, { host, port: port() }, ...admin]
    },
    ...(world?.resolve === undefined ? {} : { resolve: world.resolve }),
  })
}

/** The HTTP client is loaded by the first request. */
const senderOnDemand = (options: SenderOptions): Sender => {
  let opened: Sender | null = null
  const sender = lazily(async () => {
    const { createSender } = await import('./send.ts')
    opened = createSender(options)
    return opened
  })
  return {
    send: async (outgoing) => (await sender()).send(outgoing),
    close: async () => opened?.close(),
  }
}

/** Of the request that made the change, where it was traced. */
const traceparentOf = ({ change }: ClaimedDelivery): string | null | undefined =>
  change !== null && 'record' in change ? change.record.row.traceparent : null

export const createWebhooks = (options: WebhooksOptions): Webhooks => {
  const { pool, placement, log, keyring, changes, workspaces, open, callers, layoutOf } = options
  const { observer, tracing, world = {} } = options
  const { clock = Date.now, timeoutMs, judgedWithinMs } = world
  const rules = rulesOf(options)
  const secrets = createWebhookSecrets(keyring)
  const sending = {
    rules,
    proxy: options.config.outboundProxy,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }
  const sender = tracedSender(senderOnDemand(sending), tracing)
  const readImage = createImageBatches(
    createImageReader({ pool, connections: placement.connections, layoutOf }),
  )
  const compose = createCompose({ pool, readImage, open, memberOf: callers.members.of, secrets, clock })
  const traced = tracedAttempts(tracing, traceparentOf)
  const { send } = sender
  const slots = createDeliverySlots({ perWebhook: PER_WEBHOOK })
  const deliver = createDeliver<ClaimedDelivery>({ pool, compose, slots, send, clock, log, observer, traced })
  const claim = (request: ClaimRequest) => claimDeliveries(pool, request)
  const working = { claim, deliver, slots, perWebhook: PER_WEBHOOK, perClaim: PER_CLAIM, clock }
  const workers = createWorkers({ ...working, onFree: () => dispatcher.look() })
  const onReset = (): void =>
    log.warn({}, 'changes were not delivered to webhooks: their position is no longer in the feed')
  const filter = createChangeFilter({ pool, connections: placement.connections, open, judgedWithinMs })
  const deliveriesOf = createDeliveriesOf({ pool, layoutOf, workspaces, filter })
  const fanOut = createFanOut({ pool, deliveriesOf, clock, onReset })
  const models = createModelAnnouncer({ pool, clock })
  const dispatcher = createDispatcher({ pool, ticker: changes.feed.ticker, fanOut, models, workers, log })
  return {
    rules,
    secrets,
    compose,
    models,
    contextOf: async (webhook) => {
      const caller = callerOfWebhook(webhook)
      return caller === null ? null : open(caller)
    },
    replay: createReplay({ pool, feed: changes.feed, deliveriesOf, clock }),
    sample: createSample({ pool, connections: placement.connections, clock }),
    sendTestEvent: createTestEvent({ secrets, send, clock }),
    queue: () => readWholeQueue(pool),
    start: dispatcher.start,
    invalidate: dispatcher.invalidate,
    invalidateAll: dispatcher.invalidateAll,
    look: dispatcher.look,
    send,
    close: async () => {
      await dispatcher.close()
      slots.close()
      await Promise.race([workers.idle(), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })])
      // What is still running fails, and is tried again.
      await sender.close()
      await workers.idle()
    },
  }
}
