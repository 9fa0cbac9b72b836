// The request of a delivery, made for each attempt with what the webhook's role may read at that moment.

import type { Pool } from 'pg'
import type { DeliveredChange } from '../../tenants/changes/webhookFeed.ts'
import type { DeliveringWebhook, Delivery } from '../../tenants/webhook/claim.ts'
import type { ModelEvent } from '../../tenants/webhook/modelEvents.ts'
import type { Caller } from '../auth/caller.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { Problem } from '../error/problem.ts'
import { isWorkspaceGone } from '../error/workspaceGone.ts'
import { type Stopped, unreadable, type WebhookBody } from './body.ts'
import type { ReadImage } from './imageBatches.ts'
import { maySeeEvent, modelBodyOf } from './modelBody.ts'
import { recordBody } from './recordBody.ts'
import type { WebhookSecrets } from './secret.ts'
import type { Outgoing } from './send.ts'
import { headersOf } from './signature.ts'
import { callerOfWebhook } from './webhookCaller.ts'

export type Composed = { readonly outgoing: Outgoing } | Stopped | { readonly postponed: true }

interface ComposeOptions {
  readonly pool: Pool
  readonly readImage: ReadImage
  /** The context of a caller; rejects with a Problem. */
  readonly open: (caller: Caller) => Promise<RequestContext<unknown>>
  /** Rejects with a Problem where the member is gone. */
  readonly memberOf: (workspaceId: string, memberId: string, sender: null) => Promise<Caller>
  readonly secrets: WebhookSecrets
  readonly clock: () => number
}

/** The webhook as a caller, or why it has to stop. */
const callerOf = async (
  { memberOf }: ComposeOptions,
  webhook: DeliveringWebhook,
): Promise<Caller | { readonly paused: string }> => {
  const { workspaceId, workspaceMemberId, ownerName } = webhook
  const caller = callerOfWebhook(webhook)
  if (caller === null) return { paused: 'The role of the webhook was deleted.' }
  if (!webhook.isKeyActive) return { paused: `The API key "${ownerName}" is no longer active.` }
  if (workspaceMemberId === null) return caller
  try {
    await memberOf(workspaceId, workspaceMemberId, null)
    return caller
  } catch (error) {
    if (error instanceof Problem && error.code === 'UNAUTHENTICATED' && !isWorkspaceGone(error))
      return { paused: `${ownerName} is no longer a member of the workspace.` }
    throw error
  }
}

const isSuspended = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'WORKSPACE_SUSPENDED'

type Context = RequestContext<unknown>

const bodyFor = async (
  options: ComposeOptions,
  context: Context,
  delivery: Delivery,
  change: { readonly record: DeliveredChange } | { readonly model: ModelEvent },
): Promise<WebhookBody> => {
  if ('record' in change) return recordBody(options, context, delivery, change.record)
  return (await maySeeEvent(options.pool, context, change.model))
    ? { body: modelBodyOf(delivery, change.model) }
    : unreadable(context, 'this part of the data model')
}

export type Compose = (delivery: Delivery) => Promise<Composed>

export const createCompose = (options: ComposeOptions): Compose => {
  const { open, secrets, clock } = options
  const compose: Compose = async (delivery) => {
    const { webhook, change, id } = delivery
    const caller = await callerOf(options, webhook)
    if ('paused' in caller) return caller
    const context = await open(caller)
    if (change === null) return { failed: 'The change is no longer in the log.' }
    if ('dropped' in change) return { cancelled: 'The table of the change was dropped.' }
    const composed = await bodyFor(options, context, delivery, change)
    if (!('body' in composed)) return composed
    const { body } = composed
    const atMs = clock()
    const signing = secrets.signingAt(webhook.id, webhook, atMs)
    return {
      outgoing: { url: webhook.targetUrl, body, headers: headersOf({ id, body, atMs, secrets: signing }) },
    }
  }
  return async (delivery) => {
    try {
      return await compose(delivery)
    } catch (error) {
      // A deleted workspace may be restored.
      if (isSuspended(error) || isWorkspaceGone(error)) return { postponed: true }
      throw error
    }
  }
}
