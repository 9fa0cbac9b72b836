// One attempt of a delivery: composed, sent, and its outcome stored.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import { OF_WORKSPACES, type WebhookTables } from '../../tenants/changes/webhookTables.ts'
import {
  type Attempt,
  type DeliveredAttempt,
  markDelivered,
  markFailed,
  markUnsent,
  postpone,
  release,
} from '../../tenants/webhook/delivery.ts'
import { stopWebhook } from '../../tenants/webhook/webhook.ts'
import { createBatching, type RunBatched } from '../batching.ts'
import type { WebhookObserver } from '../observe/webhookMetrics.ts'
import type { Composed } from './compose.ts'
import type { Slots } from './queue/slots.ts'
import { DISABLE_AFTER_MS, delayMs, PROBE_DELAYS_MS, retryAfterMs } from './schedule.ts'
import type { Outgoing, Sender, SendOutcome } from './send.ts'

/** A delivery that is leased, as an attempt needs it. */
export interface DueDelivery {
  readonly id: string
  readonly lease: string
  readonly at: Date
  /** Attempts so far. */
  readonly attempts: number
  /** Of the images that its body is made of. */
  readonly bytes: number
  readonly webhook: {
    readonly id: string
    readonly host: string
    readonly workspaceId: string
    readonly updatedAt: Date
  }
}

interface Storing {
  readonly pool: Pool
  readonly slots: Pick<Slots, 'take' | 'giveBack'>
  readonly tables?: WebhookTables
  readonly send: Sender['send']
  readonly clock: () => number
  readonly log: Log
  readonly observer?: WebhookObserver | undefined
}

/** Stores that a delivery succeeded. */
type StoreDelivered = RunBatched<DeliveredAttempt>

interface DeliverOptions<Delivery> extends Storing {
  readonly compose: (delivery: Delivery) => Promise<Composed>
  /** Runs an attempt as part of a trace. */
  readonly traced?: ((delivery: Delivery, work: () => Promise<void>) => Promise<void>) | undefined
}

/** Of a suspended workspace, or after a fault of this gateway's. */
const POSTPONED_MS = 60_000
const GONE = 410
/** Deliveries that one statement stores. */
const MOST_STORED = 500

const isSuccess = (outcome: SendOutcome): boolean =>
  'status' in outcome && outcome.status >= 200 && outcome.status < 300

const attemptOf = (outcome: SendOutcome, startedAtMs: number, ms: number): Attempt => ({
  at: new Date(startedAtMs).toISOString(),
  ms: Math.round(ms),
  ...('error' in outcome
    ? { error: outcome.error }
    : { status: outcome.status, ...(outcome.answer === undefined ? {} : { answer: outcome.answer }) }),
})

/** Sends, and describes how it went. */
export const attempting = async (
  outgoing: Outgoing,
  { send, clock }: Pick<Storing, 'send' | 'clock'>,
): Promise<{ readonly outcome: SendOutcome; readonly attempt: Attempt }> => {
  const startedAtMs = clock()
  const started = performance.now()
  const outcome = await send(outgoing)
  return { outcome, attempt: attemptOf(outcome, startedAtMs, performance.now() - started) }
}

const disable = async ({ pool, tables, log }: Storing, webhookId: string, reason: string): Promise<void> => {
  await stopWebhook(pool, webhookId, 'disabled', reason, tables)
  log.warn({ webhookId, reason }, 'disabled a webhook')
}

const fail = async (
  options: Storing,
  delivery: DueDelivery,
  outcome: SendOutcome,
  attempt: Attempt,
): Promise<void> => {
  const { pool, tables = OF_WORKSPACES, slots, clock, observer } = options
  // The receiver is left alone for a while.
  slots.giveBack(delivery.webhook.id)
  const nowMs = clock()
  const isGone = 'status' in outcome && outcome.status === GONE
  const askedMs = 'retryAfter' in outcome ? retryAfterMs(outcome.retryAfter, nowMs) : 0
  const delay = isGone ? null : delayMs(delivery.attempts + 1, askedMs, Math.random())
  const failed = {
    attempt,
    retryAt: delay === null ? null : new Date(nowMs + delay),
    now: new Date(nowMs),
    probeDelaysMs: PROBE_DELAYS_MS,
  }
  const failingSince = await markFailed(pool, delivery, failed, tables)
  if (delay === null) observer?.onEnded('failed')
  const { id } = delivery.webhook
  if (isGone) return disable(options, id, 'The receiver returned 410 Gone.')
  if (failingSince !== null && failingSince.getTime() <= nowMs - DISABLE_AFTER_MS)
    return disable(options, id, 'All attempts of five days failed.')
}

const unsentAttempt = (clock: () => number, error: string): Attempt => ({
  at: new Date(clock()).toISOString(),
  ms: 0,
  error,
})

const endUnsent = async (
  { pool, tables, clock, observer }: Storing,
  delivery: DueDelivery,
  status: 'cancelled' | 'failed',
  error: string,
): Promise<void> => {
  await markUnsent(pool, delivery, status, unsentAttempt(clock, error), tables)
  observer?.onEnded(status)
}

/** Sends, and stores how it went. */
const send = async (
  options: Storing,
  storeDelivered: StoreDelivered,
  delivery: DueDelivery,
  outgoing: Outgoing,
  free: () => void,
): Promise<void> => {
  const { clock, observer } = options
  const lagMs = clock() - delivery.at.getTime()
  // It may have waited for someone to resume or change the webhook.
  const isPrompt = delivery.attempts === 0 && delivery.webhook.updatedAt <= delivery.at
  const { outcome, attempt } = await attempting(outgoing, options).finally(free)
  // That does not count as an attempt: the receiver has no part in it.
  if ('unsent' in outcome) throw outcome.unsent
  if (isPrompt) observer?.onFirstAttempt(lagMs)
  observer?.onAttempt('status' in outcome ? outcome.status : null, attempt.ms)
  if (!isSuccess(outcome)) return fail(options, delivery, outcome, attempt)
  await storeDelivered({ id: delivery.id, lease: delivery.lease, attempt })
  observer?.onEnded('delivered')
}

/** Never rejects. */
export type Deliver<Delivery> = (delivery: Delivery) => Promise<void>

export const createDeliver = <Delivery extends DueDelivery>(
  options: DeliverOptions<Delivery>,
): Deliver<Delivery> => {
  const { pool, tables, compose, slots, clock, log, traced = (_, work) => work() } = options
  // One commit each would bound the rate: successes are by far the most frequent outcome.
  const storeDelivered = createBatching<DeliveredAttempt>(
    (ended) => markDelivered(pool, ended, tables),
    MOST_STORED,
  )
  const giveBack = createBatching<DueDelivery>(
    (held) => release(pool, held, new Date(clock()), tables),
    MOST_STORED,
  )
  const later = (): Date => new Date(clock() + POSTPONED_MS)
  const attempt: Deliver<Delivery> = async (delivery) => {
    const composed = await compose(delivery)
    if ('postponed' in composed) return postpone(pool, delivery, later(), tables)
    if ('cancelled' in composed) return endUnsent(options, delivery, 'cancelled', composed.cancelled)
    if ('failed' in composed) {
      const { failed: reason } = composed
      log.warn({ webhookId: delivery.webhook.id, deliveryId: delivery.id, reason }, 'lost a delivery')
      return endUnsent(options, delivery, 'failed', reason)
    }
    if ('paused' in composed) {
      await stopWebhook(pool, delivery.webhook.id, 'paused', composed.paused, tables)
      log.warn({ webhookId: delivery.webhook.id, reason: composed.paused }, 'paused a webhook')
      return postpone(pool, delivery, new Date(clock()), tables)
    }
    const free = await slots.take(delivery)
    if (free === null) return giveBack(delivery)
    return send(options, storeDelivered, delivery, composed.outgoing, free)
  }
  return async (delivery) => {
    try {
      await traced(delivery, () => attempt(delivery))
    } catch (error) {
      log.warn({ err: error, deliveryId: delivery.id }, 'cannot attempt a delivery; trying again')
      // Postgres may be away: then the lease expires.
      await postpone(pool, delivery, later(), tables).catch(() => undefined)
    }
  }
}
