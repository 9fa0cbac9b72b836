// Samples of what a webhook sends, or would send if it was created, for both protocols of the metadata API.

import type { Pool } from 'pg'
import { newUuid } from '../../../tenants/uuid.ts'
import { requireManageable } from '../../../tenants/webhook/webhook.ts'
import { actorOf, demandFlag } from '../../auth/flags.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { badInput } from '../../error/problem.ts'
import { checkedOperations } from '../../webhooks/operations.ts'
import { checkRecordSettings } from '../../webhooks/recordSettings.ts'
import type { Sample } from '../../webhooks/sample/sample.ts'
import { newSigningSecret } from '../../webhooks/secret.ts'
import { checkedTarget } from '../../webhooks/target.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'
import { DEFAULTS, touchesRecords, type WebhookInput, webhookSettingsOf } from './input.ts'
import { contextOfRole, known } from './webhooks.ts'

export interface SampleInput
  extends Pick<
    WebhookInput,
    'targetUrl' | 'changedFields' | 'filter' | 'fields' | 'includePrevious' | 'roleId'
  > {
  readonly id?: string | null
  readonly operation?: string | null
}

interface SampleOptions {
  readonly pool: Pool
  readonly webhooks: Pick<Webhooks, 'sample' | 'secrets' | 'rules' | 'contextOf'>
}

interface ShownSample extends Sample {
  /** Of the signatures, where there is no webhook. */
  readonly secret: string | null
}

const EXAMPLE_URL = 'https://hooks.example.com/'
const EVERYTHING = '*.*'

type Context = RequestContext<unknown>

/** A webhook that does not exist, with a secret for this sample alone. */
const unmade = ({ caller }: Context, operation: string) => {
  const { workspaceId, keyId, workspaceMemberId, name: ownerName, roleId } = caller
  const secret = newSigningSecret()
  return {
    webhook: {
      ...DEFAULTS,
      ...{ id: newUuid(), workspaceId, keyId, workspaceMemberId, ownerName, roleId },
      ...{ targetUrl: EXAMPLE_URL, operations: [operation] },
    },
    secret,
    secrets: { single: secret, all: [secret] },
  }
}

const existing = async ({ pool, webhooks: { secrets } }: SampleOptions, context: Context, id: string) => {
  const webhook = await known(pool, context, id)
  await requireManageable(pool, context.caller.workspaceId, webhook.id, actorOf(context.caller))
  return { webhook, secret: null, secrets: secrets.signingAt(webhook.id, webhook, Date.now()) }
}

const sampleOne = async (
  options: SampleOptions,
  context: Context,
  { id, operation, ...input }: SampleInput,
): Promise<ShownSample> => {
  const { sample, rules } = options.webhooks
  const { caller } = context
  demandFlag(caller, 'API_KEYS_AND_WEBHOOKS')
  const asked = operation == null ? [] : checkedOperations([operation], context.model)
  const found = await (id == null ? unmade(context, asked[0] ?? EVERYTHING) : existing(options, context, id))
  const [event] = [...asked, ...found.webhook.operations]
  if (event === undefined) throw badInput('The webhook has no operations.', 'INVALID_WEBHOOK_OPERATION')
  const settings = webhookSettingsOf(input, context.model)
  const target = input.targetUrl == null ? null : await checkedTarget(input.targetUrl, rules)
  const webhook = {
    ...{ ...found.webhook, ...settings, secrets: found.secrets },
    ...(target === null ? {} : { targetUrl: target.url }),
  }
  const roleId = input.roleId?.toLowerCase() ?? found.webhook.roleId ?? caller.roleId
  const roleContext = await contextOfRole(options, context, roleId, found.webhook)
  if (touchesRecords(settings)) checkRecordSettings(roleContext.model, [event], webhook)
  return { ...(await sample(roleContext, webhook, event)), secret: found.secret }
}

export type SampleActions = ReturnType<typeof createSampleActions>

export const createSampleActions = (options: SampleOptions) =>
  Object.freeze({
    sample: (context: Context, input: SampleInput): Promise<ShownSample> =>
      sampleOne(options, context, input),
  })
