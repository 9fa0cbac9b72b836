// Webhook operations of both protocols of the metadata API, with the contract's inputs. They return webhooks
// as both protocols show them. tenants/webhook checks permissions.

import type { Pool } from 'pg'
import { CaptureBusy, installCapture } from '../../../tenants/changes/installCapture.ts'
import { type ListPage, type PageRequest, takeListPage } from '../../../tenants/listPage.ts'
import { Refusal } from '../../../tenants/refusal.ts'
import { isUuid, newUuid } from '../../../tenants/uuid.ts'
import type { Attempt } from '../../../tenants/webhook/delivery.ts'
import { rotateSecret } from '../../../tenants/webhook/rotate.ts'
import type { WebhookSettings } from '../../../tenants/webhook/settings.ts'
import {
  createWebhook,
  deleteWebhook,
  findWebhook,
  listWebhooks,
  requireManageable,
  roleToBind,
  updateWebhook,
  type Webhook,
  webhookNotFound,
  webhookToTest,
} from '../../../tenants/webhook/webhook.ts'
import { actorOf, demandFlag } from '../../auth/flags.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { badInput, Problem } from '../../error/problem.ts'
import { asksForModel } from '../../webhooks/operations.ts'
import { checkRecordSettings } from '../../webhooks/recordSettings.ts'
import { nextAttemptOf } from '../../webhooks/schedule.ts'
import { MASK, newSigningSecret } from '../../webhooks/secret.ts'
import { checkedTarget } from '../../webhooks/target.ts'
import type { WebhookIdentity } from '../../webhooks/webhookCaller.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'
import {
  type CreateWebhookInput,
  checkSecret,
  DEFAULTS,
  touchesRecords,
  type UpdateWebhookInput,
  webhookSettingsOf,
} from './input.ts'

export interface RotateSecretInput {
  readonly id: string
  readonly secret?: string | null
  /** ISO 8601. */
  readonly activateAt?: string | null
}

export interface WebhookActionsOptions {
  readonly pool: Pool
  readonly webhooks: Pick<Webhooks, 'rules' | 'secrets' | 'models' | 'sendTestEvent' | 'contextOf'>
  /** Webhooks of a workspace. */
  readonly maxWebhooks: number
}

/** @param secret in full, after it was set */
const shown = (webhook: Webhook, secret?: string) => {
  const { id, targetUrl, operations, description, roleId, status, statusReason, createdAt, updatedAt } =
    webhook
  const { failures, failingSince } = webhook
  return {
    ...{ id, targetUrl, operations, description },
    secret: secret ?? (webhook.secret === null ? '' : MASK),
    applicationId: webhook.workspaceId,
    ...{ createdAt, updatedAt, deletedAt: null },
    ...{ roleId, status: status.toUpperCase(), statusReason },
    ...{ failures, failingSince, nextAttemptAt: nextAttemptOf(webhook) },
    skipOwnChanges: webhook.skipsOwnChanges,
    ...{ changedFields: webhook.changedFields, filter: webhook.filter, fields: webhook.fields },
    includePrevious: webhook.includesPrevious,
    ordered: webhook.isOrdered,
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

/** The new secret; undefined: it stays as it is. */
const secretOf = (
  { secrets }: WebhookActionsOptions['webhooks'],
  id: string,
  given: string | null | undefined,
  isUnsigned: boolean,
) => {
  if (given == null || given === MASK || (given === '' && isUnsigned)) return undefined
  return { plain: checkSecret(given), encrypt: secrets.encrypting(id, given) }
}

type Context = RequestContext<unknown>

/** Throws Problem WEBHOOK_NOT_FOUND. */
export const known = async (pool: Pool, { caller }: Context, id: string): Promise<Webhook> => {
  demandFlag(caller, 'API_KEYS_AND_WEBHOOKS')
  if (!isUuid(id)) throw notFound()
  return findWebhook(pool, caller.workspaceId, id).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === 'NOT_FOUND' ? notFound() : error
  })
}

interface RoleContextOptions {
  readonly pool: Pool
  readonly webhooks: Pick<Webhooks, 'contextOf'>
}

/** What a webhook with this role sees with. Throws unless the caller may give it the role. */
export const contextOfRole = async (
  { pool, webhooks: { contextOf } }: RoleContextOptions,
  context: Context,
  roleId: string,
  webhook: WebhookIdentity,
): Promise<Context> => {
  const { caller } = context
  if (roleId === caller.roleId) return context
  const bound = await roleToBind(pool, caller.workspaceId, roleId, actorOf(caller))
  return (await contextOf({ ...webhook, ...bound })) ?? context
}

const createOne = async (
  options: WebhookActionsOptions,
  context: Context,
  input: CreateWebhookInput,
): Promise<ShownWebhook> => {
  const { pool, webhooks, maxWebhooks } = options
  const { rules, secrets, models } = webhooks
  const { caller } = context
  const { workspaceId, keyId, workspaceMemberId, name } = caller
  demandFlag(caller, 'API_KEYS_AND_WEBHOOKS')
  const target = await checkedTarget(input.targetUrl, rules)
  const id = input.id?.toLowerCase() ?? newUuid()
  const plain = checkSecret(input.secret ?? newSigningSecret())
  const wanted = {
    ...{ id, workspaceId, targetUrl: target.url, host: target.host },
    ...DEFAULTS,
    ...webhookSettingsOf(input, context.model),
    roleId: input.roleId?.toLowerCase() ?? caller.roleId,
    secret: secrets.encrypting(id, plain),
  }
  const identity = { id, workspaceId, keyId, workspaceMemberId, ownerName: name }
  const { model } = await contextOfRole(options, context, wanted.roleId, identity)
  checkRecordSettings(model, wanted.operations, wanted)
  await installCapture(pool, workspaceId).catch(captureFailure)
  // The current model is stored before the webhook, so that later changes are found.
  if (asksForModel(wanted.operations)) await models.announce(workspaceId)
  return shown(await createWebhook(pool, wanted, actorOf(caller), maxWebhooks), plain)
}

/** The settings that name fields, checked against the model as the webhook's role sees it. */
const checkFit = async (
  options: WebhookActionsOptions,
  context: Context,
  before: Webhook,
  given: Partial<WebhookSettings>,
): Promise<void> => {
  const { caller } = context
  // Messages about the model are for callers whose role covers the webhook's.
  await requireManageable(options.pool, caller.workspaceId, before.id, actorOf(caller))
  const after = { ...before, ...given }
  // A webhook without a role gets the caller's when it is resumed.
  const { model } = await contextOfRole(options, context, after.roleId ?? caller.roleId, before)
  checkRecordSettings(model, after.operations, after)
}

const updateOne = async (
  options: WebhookActionsOptions,
  context: Context,
  id: string,
  input: UpdateWebhookInput,
): Promise<ShownWebhook> => {
  const { pool, webhooks } = options
  const { targetUrl, secret, status, roleId } = input
  const { caller } = context
  const before = await known(pool, context, id)
  if (status === 'DISABLED')
    throw badInput('A webhook can be set to ACTIVE or PAUSED.', 'INVALID_WEBHOOK_INPUT')
  const target = targetUrl == null ? undefined : await checkedTarget(targetUrl, webhooks.rules)
  const changed = secretOf(webhooks, before.id, secret, before.secret === null)
  const settings = {
    ...webhookSettingsOf(input, context.model),
    ...(roleId == null ? {} : { roleId: roleId.toLowerCase() }),
  }
  const update = {
    ...(target === undefined ? {} : { targetUrl: target.url, host: target.host }),
    ...settings,
    ...(changed === undefined ? {} : { secret: changed.encrypt }),
    ...(status == null ? {} : { status: status === 'ACTIVE' ? ('active' as const) : ('paused' as const) }),
  }
  if (status === 'ACTIVE' || touchesRecords(settings)) await checkFit(options, context, before, settings)
  // An enabled webhook gets no events from before it was enabled.
  if (
    (settings.operations !== undefined || status === 'ACTIVE') &&
    asksForModel(update.operations ?? before.operations)
  )
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
  const plain = checkSecret(secret ?? newSigningSecret())
  if (plain === '' || plain === MASK)
    throw badInput('Pass a secret, or omit it to have one generated.', 'INVALID_WEBHOOK_INPUT')
  const at = activateAt == null ? null : new Date(activateAt)
  if (at !== null && at.getTime() > Date.now() + MAX_DELAY_MS)
    throw badInput('activateAt must be within 30 days.', 'INVALID_WEBHOOK_INPUT')
  const rotation = { secret: secrets.encrypting(knownId, plain), activateAt: at }
  return shown(await rotateSecret(pool, caller.workspaceId, knownId, rotation, actorOf(caller)), plain)
}

export type WebhookActions = ReturnType<typeof createWebhookActions>

export const createWebhookActions = (options: WebhookActionsOptions) => {
  const { pool } = options
  return Object.freeze({
    list: async ({ caller }: Context, page: PageRequest): Promise<ListPage<ShownWebhook>> => {
      demandFlag(caller, 'API_KEYS_AND_WEBHOOKS')
      const all = await listWebhooks(pool, caller.workspaceId)
      const found = takeListPage(
        all,
        ({ targetUrl, description }) => `${targetUrl} ${description ?? ''}`,
        page,
      )
      return { ...found, items: found.items.map((webhook) => shown(webhook)) }
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
