// The host's subscription, wired: the changes of all workspaces for operators, as a feed and to webhooks.

import type { Operator } from '../../../tenants/operator.ts'
import type { Sessions } from '../../auth/session.ts'
import type { Feed } from '../../changes/feed.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Handler, RouteRow } from '../../http/context.ts'
import type { WebhookTracing } from '../../observe/trace/tracing.ts'
import type { WebhookObserver } from '../../observe/webhookMetrics.ts'
import type { Webhooks, WebhookWorld } from '../../webhooks/webhooks.ts'
import { createHostChanges, type HostChangesOptions } from '../changes/hostChanges.ts'
import { createHostWebhooks } from '../webhooks/hostWebhooks.ts'
import { hostWebhookRows } from '../webhooks/rows.ts'
import { createIdentify } from './identify.ts'

interface HostSubscriptionOptions extends Omit<HostChangesOptions, 'identify' | 'ticker' | 'newest'> {
  readonly changes: { readonly feed: Pick<Feed, 'ticker' | 'newest'> }
  readonly callers: { readonly sessions: Pick<Sessions, 'of'> }
  readonly readJson: ReadJson
  readonly webhooks: Pick<Webhooks, 'rules' | 'secrets' | 'send' | 'sendTestEvent' | 'look'>
  readonly world?: WebhookWorld | undefined
  readonly observer?: WebhookObserver | undefined
  readonly tracing?: WebhookTracing | undefined
}

interface HostSubscription {
  readonly rows: readonly RouteRow<Handler<Operator>>[]
  /** @param payload of a notification */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
  readonly start: () => void
  /** Looks for due attempts now, of webhooks of workspaces too. */
  readonly look: () => void
  readonly streams: () => number
  /** Running attempts go on. */
  readonly stop: () => Promise<void>
  /** Ends streams, and waits for running attempts. */
  readonly close: () => Promise<void>
}

export const createHostSubscription = (options: HostSubscriptionOptions): HostSubscription => {
  const { pool, callers, webhooks, world } = options
  const parts = { ...options, ...options.changes.feed, clock: world?.clock ?? Date.now }
  const identify = createIdentify(pool, callers.sessions, { isUse: false })
  const changes = createHostChanges({ ...parts, identify })
  const hooks = createHostWebhooks(parts)
  return {
    rows: [...changes.rows, ...hostWebhookRows({ ...options, ...hooks })],
    invalidate: (payload) => {
      changes.invalidate(payload)
      hooks.invalidate(payload)
    },
    invalidateAll: () => {
      changes.invalidateAll()
      hooks.invalidateAll()
    },
    start: hooks.start,
    look: () => {
      webhooks.look()
      hooks.look()
    },
    streams: changes.streams,
    stop: hooks.stop,
    close: async () => {
      changes.close()
      await hooks.idle()
    },
  }
}
