// Inputs of webhook operations as settings of webhooks.

import type { Model } from '../../../tenants/model/model.ts'
import type { WebhookSettings } from '../../../tenants/webhook/settings.ts'
import { badInput } from '../../error/problem.ts'
import { checkedOperations } from '../../webhooks/operations.ts'

export interface WebhookInput {
  readonly targetUrl?: string | null
  readonly operations?: readonly string[] | null
  readonly description?: string | null
  readonly secret?: string | null
  readonly skipOwnChanges?: boolean | null
  readonly changedFields?: readonly string[] | null
  readonly filter?: string | null
  readonly fields?: readonly string[] | null
  readonly includePrevious?: boolean | null
  readonly ordered?: boolean | null
  readonly roleId?: string | null
}

export interface CreateWebhookInput extends WebhookInput {
  readonly id?: string | null
  readonly targetUrl: string
  readonly operations: readonly string[]
}

export interface UpdateWebhookInput extends WebhookInput {
  readonly status?: 'ACTIVE' | 'PAUSED' | 'DISABLED' | null
}

const MAX_SECRET = 1_024
const MAX_OPERATIONS = 1_000

export const checkSecret = (secret: string): string => {
  if (secret.length <= MAX_SECRET && !secret.includes('\0')) return secret
  throw badInput(`A secret has at most ${MAX_SECRET} characters, none of them NUL.`, 'INVALID_WEBHOOK_INPUT')
}

const checkText = (what: string, text: string | null): string | null => {
  if (text === null || !text.includes('\0')) return text
  throw badInput(`A ${what} must not contain NUL.`, 'INVALID_WEBHOOK_INPUT')
}

const operationsOf = (model: Model, operations: readonly string[]): readonly string[] => {
  if (operations.length > MAX_OPERATIONS)
    throw badInput(`A webhook has at most ${MAX_OPERATIONS} operations.`, 'INVALID_WEBHOOK_OPERATION')
  return checkedOperations(operations, model)
}

/** An empty list is none. */
const namesOf = (names: readonly string[] | null): readonly string[] | null =>
  names === null || names.length === 0 ? null : [...new Set(names)]

const filterOf = (filter: string | null): string | null =>
  filter === null || filter.trim() === '' ? null : checkText('filter', filter)

type OwnSettings = Omit<WebhookSettings, 'targetUrl' | 'host' | 'secret' | 'roleId'>

/** Of a webhook that is created with nothing but a URL and operations. */
export const DEFAULTS = {
  operations: [],
  description: null,
  skipsOwnChanges: false,
  changedFields: null,
  filter: null,
  fields: null,
  includesPrevious: false,
  isOrdered: false,
} satisfies OwnSettings

/** The settings that are given, without the URL, the secret and the role. Throws a Problem. */
export const webhookSettingsOf = (
  {
    operations,
    description,
    skipOwnChanges,
    changedFields,
    filter,
    fields,
    includePrevious,
    ordered,
  }: WebhookInput,
  model: Model,
): Partial<OwnSettings> => ({
  ...(operations == null ? {} : { operations: operationsOf(model, operations) }),
  ...(description === undefined ? {} : { description: checkText('description', description) }),
  ...(skipOwnChanges == null ? {} : { skipsOwnChanges: skipOwnChanges }),
  ...(changedFields === undefined ? {} : { changedFields: namesOf(changedFields) }),
  ...(filter === undefined ? {} : { filter: filterOf(filter) }),
  ...(fields === undefined ? {} : { fields: namesOf(fields) }),
  ...(includePrevious == null ? {} : { includesPrevious: includePrevious }),
  ...(ordered == null ? {} : { isOrdered: ordered }),
})

/** Whether settings are given that depend on the data model. */
export const touchesRecords = (settings: Partial<OwnSettings & Pick<WebhookSettings, 'roleId'>>): boolean => {
  const { operations, changedFields, filter, fields, roleId } = settings
  return [operations, changedFields, filter, fields, roleId].some((each) => each !== undefined)
}
