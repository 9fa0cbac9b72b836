// The request of a delivery, made for each attempt with what the webhook's role may read at that moment.

import type { Pool } from 'pg'
import type { DeliveredChange } from '../../tenants/changes/webhookFeed.ts'
import { findUserId } from '../../tenants/member/userId.ts'
import type { ClaimedDelivery, DeliveringWebhook } from '../../tenants/webhook/claim.ts'
import type { ModelEvent } from '../../tenants/webhook/modelEvents.ts'
import type { Caller } from '../auth/caller.ts'
import { isWorthTelling } from '../changes/entry.ts'
import type { ReadImage, ShownImage } from '../changes/read.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { Problem } from '../error/problem.ts'
import { maySeeEvent, modelBodyOf } from './modelBody.ts'
import type { WebhookSecrets } from './secret.ts'
import type { Outgoing } from './send.ts'
import { headersOf } from './signature.ts'

export type Composed =
  | { readonly outgoing: Outgoing }
  /** There is nothing that may be sent. */
  | { readonly cancelled: string }
  /** What should be sent is lost. */
  | { readonly failed: string }
  /** The webhook itself has to stop. */
  | { readonly paused: string }
  | { readonly postponed: true }

interface ComposeOptions {
  readonly pool: Pool
  readonly readImage: ReadImage
  /** The context of a caller; rejects with a Problem. */
  readonly open: (caller: Caller) => Promise<RequestContext<unknown>>
  /** Rejects with a Problem where the member is gone. */
  readonly memberOf: (workspaceId: string, memberId: string) => Promise<Caller>
  readonly secrets: WebhookSecrets
  readonly clock: () => number
}

/** The webhook as a caller, or why it has to stop. */
const callerOf = async (
  { memberOf }: ComposeOptions,
  webhook: DeliveringWebhook,
): Promise<Caller | { readonly paused: string }> => {
  const { workspaceId, workspaceMemberId, keyId, roleId, roleLabel, pgRole, ownerName } = webhook
  if (roleId === null || roleLabel === null || pgRole === null)
    return { paused: 'The role of the webhook was deleted.' }
  if (!webhook.isKeyActive) return { paused: `The API key "${ownerName}" is no longer active.` }
  if (workspaceMemberId !== null) {
    try {
      await memberOf(workspaceId, workspaceMemberId)
    } catch (error) {
      if (error instanceof Problem && error.code === 'UNAUTHENTICATED')
        return { paused: `${ownerName} is no longer a member of the workspace.` }
      throw error
    }
  }
  return {
    ...{ workspaceId, callerId: webhook.id, keyId, workspaceMemberId, name: ownerName },
    ...{ roleId, roleLabel, pgRole },
    rateLimitPerMinute: null,
    workspaceRateLimitPerMinute: null,
    flags: new Set(),
  }
}

/** Of an update, less what changes with every write. */
const updatedFieldsOf = ({
  entry: { operation, changedFields },
}: ShownImage): readonly string[] | undefined =>
  operation === 'updated' ? changedFields?.filter((name) => isWorthTelling([name])) : undefined

interface Payload {
  readonly delivery: ClaimedDelivery
  readonly change: DeliveredChange
  readonly image: ShownImage
  readonly userId: string | null
}

/** The contract's body, in the contract's order. Absent values have no key. */
const bodyOf = ({ delivery: { event, webhook }, change, image, userId }: Payload): string => {
  const { actor, at } = change.row
  const head = {
    targetUrl: webhook.targetUrl,
    eventName: event,
    objectMetadata: { id: change.objectId, nameSingular: image.entry.object },
    workspaceId: webhook.workspaceId,
    webhookId: webhook.id,
    eventDate: at,
    userId: userId ?? undefined,
    workspaceMemberId: actor?.workspaceMemberId,
  }
  const updatedFields = updatedFieldsOf(image)
  const parts = [
    JSON.stringify(head).slice(1, -1),
    `"record":${image.record}`,
    ...(updatedFields === undefined ? [] : [`"updatedFields":${JSON.stringify(updatedFields)}`]),
  ]
  return `{${parts.join(',')}}`
}

const isSuspended = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'WORKSPACE_SUSPENDED'

type Context = RequestContext<unknown>

/** Null: the role may not see it. */
const recordBody = async (
  { pool, readImage }: ComposeOptions,
  context: Context,
  delivery: ClaimedDelivery,
  change: DeliveredChange,
): Promise<string | null> => {
  const image = await readImage(context, change.row, change.table)
  // A record that left the role's sight comes as `removed`, and one that cannot be judged without its name.
  if (image === null || image.entry.operation === 'removed' || image.record === null) return null
  const memberId = change.row.actor?.workspaceMemberId
  const userId = memberId === undefined ? null : await findUserId(pool, context.workspace.schema, memberId)
  return bodyOf({ delivery, change, image, userId })
}

/** Null: the role may not see it. */
const visibleBody = async (
  options: ComposeOptions,
  context: Context,
  delivery: ClaimedDelivery,
  change: { readonly record: DeliveredChange } | { readonly model: ModelEvent },
): Promise<string | null> => {
  if ('record' in change) return recordBody(options, context, delivery, change.record)
  return (await maySeeEvent(options.pool, context, change.model)) ? modelBodyOf(delivery, change.model) : null
}

export type Compose = (delivery: ClaimedDelivery) => Promise<Composed>

export const createCompose = (options: ComposeOptions): Compose => {
  const { open, secrets, clock } = options
  const compose: Compose = async (delivery) => {
    const { webhook, change, id } = delivery
    const caller = await callerOf(options, webhook)
    if ('paused' in caller) return caller
    const context = await open(caller)
    if (change === null) return { failed: 'The change has left the log.' }
    if ('dropped' in change) return { cancelled: 'The table of the change was dropped.' }
    const body = await visibleBody(options, context, delivery, change)
    if (body === null) {
      const what = 'model' in change ? 'this part of the data model' : 'the record'
      return { cancelled: `The role "${caller.roleLabel}" may not read ${what}.` }
    }
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
      if (isSuspended(error)) return { postponed: true }
      throw error
    }
  }
}
