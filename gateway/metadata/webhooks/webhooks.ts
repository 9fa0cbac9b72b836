// Webhook operations of both protocols of the metadata API, with the contract's inputs. They return webhooks
// as both protocols show them. tenants/webhook checks permissions.

import type { Pool } from 'pg'
import { CaptureBusy, installCapture } from '../../../tenants/changes/installCapture.ts'
import { Refusal } from '../../../tenants/refusal.ts'
import { isUuid, newUuid } from '../../../tenants/uuid.ts'
import type { Attempt } from '../../../tenants/webhook/delivery.ts'
import { rotateSecret } from '../../../tenants/webhook/rotate.ts'
import {
  createWebhook,
  deleteWebhook,
  findWebhook,
  listWebhooks,
  updateWebhook,
  type Webhook,
  webhookNotFound,
  webhookToTest,
} from '../../../tenants/webhook/webhook.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { badInput, Problem } from '../../error/problem.ts'
import { asksForModel, checkedOperations } from '../../webhooks/operations.ts'
import { MASK, newSecret } from '../../webhooks/secret.ts'
import { checkedTarget } from '../../webhooks/target.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'
import { actorOf, demandFlag } from '../permission.ts'

interface WebhookInput {
  readonly targetUrl?: string | null
  readonly operations?: readonly string[] | null
  readonly description?: string | null
  readonly secret?: string | null
  readonly skipOwnChanges?: boolean | null
}

export interface CreateWebhookInput extends WebhookInput {
  readonly id?: string | null
  readonly targetUrl: string
  readonly operations: readonly string[]
}

export interface UpdateWebhookInput extends WebhookInput {
  readonly status?: 'ACTIVE' | 'PAUSED' | 'DISABLED' | null
}

export interface RotateSecretInput {
  readonly id: string
  readonly secret?: string | null
  /** ISO 8601. */
  readonly activateAt?: string | null
}

export interface WebhookActionsOptions {
  readonly pool: Pool
  readonly webhooks: Pick<Webhooks, 'rules' | 'secrets' | 'models' | 'sendTestEvent'>
  /** Webhooks of a workspace. */
  readonly maxWebhooks: number
}

const MAX_SECRET = 1_024
const MAX_OPERATIONS = 1_000

/** @param secret in full, after it was set */
const shown = (webhook: Webhook, secret?: string) => {
  const { id, targetUrl, operations, description, roleId, status, statusReason, createdAt, updatedAt } =
    webhook
  return {
    ...{ id, targetUrl, operations, description },
    secret: secret ?? (webhook.secret === null ? '' : MASK),
    applicationId: webhook.workspaceId,
    ...{ createdAt, updatedAt, deletedAt: null },
    ...{ roleId, status: status.toUpperCase(), statusReason },
    skipOwnChanges: webhook.skipsOwnChanges,
    previousSecretUntil: webhook.previousSecret === null ? null : webhook.previousSecretUntil,
  }
}

type ShownWebhook = ReturnType<typeof shown>

const notFound = (): Problem =>
  new Problem('METADATA_VALIDATION_FAILED', 'Webhook not found', {
    status: 404,
    subCode: 'WEBHOOK_NOT_FOUND',
    cause: webhookNotFound(),
  })

const captureFailure = (error: unknown): never => {
  if (!(error instanceof CaptureBusy)) throw error
  throw new Problem('UNAVAILABLE', error.message, {
    subCode: 'CAPTURE_BUSY',
    hint: 'Try again in a moment.',
    headers: { 'retry-after': '5' },
    cause: error,
  })
}

const checkSecret = (secret: string): string => {
  if (secret.length <= MAX_SECRET && !secret.includes('\0')) return secret
  throw badInput(`A secret has at most ${MAX_SECRET} characters, none of them NUL.`, 'INVALID_WEBHOOK_INPUT')
}

const checkText = (text: string | null): string | null => {
  if (text === null || !text.includes('\0')) return text
  throw badInput('A description must not contain NUL.', 'INVALID_WEBHOOK_INPUT')
}

const operationsOf = (context: RequestContext<unknown>, operations: readonly string[]): readonly string[] => {
  if (operations.length > MAX_OPERATIONS)
    throw badInput(`A webhook has at most ${MAX_OPERATIONS} operations.`, 'INVALID_WEBHOOK_OPERATION')
  return checkedOperations(operations, context.model)
}

/** The stored secret, and the one to show; undefined: it stays as it is. */
const secretOf = (
  { secrets }: WebhookActionsOptions['webhooks'],
  id: string,
  given: string | null | undefined,
  isUnsigned: boolean,
) => {
  if (given == null || given === MASK || (given === '' && isUnsigned)) return undefined
  return { plain: checkSecret(given), sealed: secrets.seal(id, given) }
}

type Context = RequestContext<unknown>

const known = async (pool: Pool, { caller }: Context, id: string): Promise<Webhook> => {
  demandFlag(caller, 'API_KEYS_AND_WEBHOOKS')
  if (!isUuid(id)) throw notFound()
  return findWebhook(pool, caller.workspaceId, id).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === 'NOT_FOUND' ? notFound() : error
  })
}

const createOne = async (
  { pool, webhooks: { rules, secrets, models }, maxWebhooks }: WebhookActionsOptions,
  context: Context,
  { id: givenId, targetUrl, operations, description, secret, skipOwnChanges }: CreateWebhookInput,
): Promise<ShownWebhook> => {
  const { caller } = context
  const { workspaceId } = caller
  demandFlag(caller, 'API_KEYS_AND_WEBHOOKS')
  const target = await checkedTarget(targetUrl, rules)
  const id = givenId?.toLowerCase() ?? newUuid()
  const plain = checkSecret(secret ?? newSecret())
  const wanted = {
    ...{ id, workspaceId, targetUrl: target.url, host: target.host },
    operations: operationsOf(context, operations),
    description: checkText(description ?? null),
    secret: secrets.seal(id, plain),
    skipsOwnChanges: skipOwnChanges === true,
  }
  await installCapture(pool, workspaceId).catch(captureFailure)
  // What the model is like now is known before the webhook is, so that later changes are found.
  if (asksForModel(wanted.operations)) await models.announce(workspaceId)
  return shown(await createWebhook(pool, wanted, actorOf(caller), maxWebhooks), plain)
}

const updateOne = async (
  { pool, webhooks }: WebhookActionsOptions,
  context: Context,
  id: string,
  { targetUrl, operations, description, secret, skipOwnChanges, status }: UpdateWebhookInput,
): Promise<ShownWebhook> => {
  const { caller } = context
  const before = await known(pool, context, id)
  if (status === 'DISABLED')
    throw badInput('A webhook can be set to ACTIVE or PAUSED.', 'INVALID_WEBHOOK_INPUT')
  const target = targetUrl == null ? undefined : await checkedTarget(targetUrl, webhooks.rules)
  const changed = secretOf(webhooks, before.id, secret, before.secret === null)
  const update = {
    ...(target === undefined ? {} : { target }),
    ...(operations == null ? {} : { operations: operationsOf(context, operations) }),
    ...(description === undefined ? {} : { description: checkText(description) }),
    ...(changed === undefined ? {} : { secret: changed.sealed }),
    ...(skipOwnChanges == null ? {} : { skipsOwnChanges: skipOwnChanges }),
    ...(status == null ? {} : { status: status === 'ACTIVE' ? ('active' as const) : ('paused' as const) }),
  }
  // A webhook that was disabled gets nothing of what came before.
  if ((operations != null || status === 'ACTIVE') && asksForModel(update.operations ?? before.operations))
    await webhooks.models.announce(caller.workspaceId)
  const after = await updateWebhook(pool, caller.workspaceId, before.id, update, actorOf(caller))
  return shown(after, changed?.plain)
}

const MAX_DELAY_MS = 30 * 86_400_000

const rotateOne = async (
  { pool, webhooks: { secrets } }: WebhookActionsOptions,
  context: Context,
  { id, secret, activateAt }: RotateSecretInput,
): Promise<ShownWebhook> => {
  const { caller } = context
  const { id: knownId } = await known(pool, context, id)
  const plain = checkSecret(secret ?? newSecret())
  const sealed = secrets.seal(knownId, plain)
  if (sealed === null || plain === MASK)
    throw badInput('A rotation needs a secret, or none to have one made.', 'INVALID_WEBHOOK_INPUT')
  const at = activateAt == null ? null : new Date(activateAt)
  if (at !== null && at.getTime() > Date.now() + MAX_DELAY_MS)
    throw badInput('A new secret is activated within 30 days.', 'INVALID_WEBHOOK_INPUT')
  const rotation = { secret: sealed, activateAt: at }
  return shown(await rotateSecret(pool, caller.workspaceId, knownId, rotation, actorOf(caller)), plain)
}

export type WebhookActions = ReturnType<typeof createWebhookActions>

export const createWebhookActions = (options: WebhookActionsOptions) => {
  const { pool } = options
  return Object.freeze({
    list: async ({ caller }: Context): Promise<readonly ShownWebhook[]> => {
      demandFlag(caller, 'API_KEYS_AND_WEBHOOKS')
      return (await listWebhooks(pool, caller.workspaceId)).map((webhook) => shown(webhook))
    },
    /** Throws Problem WEBHOOK_NOT_FOUND. */
    find: async (context: Context, id: string): Promise<ShownWebhook> =>
      shown(await known(pool, context, id)),
    create: (context: Context, input: CreateWebhookInput): Promise<ShownWebhook> =>
      createOne(options, context, input),
    update: (context: Context, id: string, input: UpdateWebhookInput): Promise<ShownWebhook> =>
      updateOne(options, context, id, input),
    rotateSecret: (context: Context, input: RotateSecretInput): Promise<ShownWebhook> =>
      rotateOne(options, context, input),
    test: async (context: Context, id: string): Promise<Attempt> => {
      const { id: knownId } = await known(pool, context, id)
      const { caller } = context
      const webhook = await webhookToTest(pool, caller.workspaceId, knownId, actorOf(caller))
      return options.webhooks.sendTestEvent(webhook)
    },
    delete: async (context: Context, id: string): Promise<ShownWebhook> => {
      const { id: knownId } = await known(pool, context, id)
      const { workspaceId } = context.caller
      return shown(await deleteWebhook(pool, workspaceId, knownId, actorOf(context.caller)))
    },
  })
}
