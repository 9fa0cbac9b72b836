// Reads and changes webhooks. A secret is part of the answer that set it and cannot be read again.

import type { Api } from '../api/api.ts'
import { Failure } from '../api/failure.ts'
import {
  CreateWebhook,
  DeleteWebhook,
  ReplayWebhook,
  RotateWebhookSecret,
  TestWebhook,
  UpdateWebhook,
  type UpdateWebhookInputUpdates,
  type WebhookFragment,
  Webhooks,
} from './webhooks.graphql.ts'

export type Webhook = WebhookFragment

/** What the form of a webhook asks for. */
export interface WebhookSettings {
  readonly targetUrl: string
  readonly description: string
  readonly operations: readonly string[]
  /** Empty: all records. */
  readonly filter: string
  /** Empty: all updates. */
  readonly changedFields: readonly string[]
  /** Empty: all fields. */
  readonly fields: readonly string[]
  readonly includePrevious: boolean
  readonly ordered: boolean
  readonly skipOwnChanges: boolean
  /** Absent: as it is, and the caller's of a new webhook. */
  readonly roleId?: string
  /** Of a new webhook. */
  readonly isSigned: boolean
}

/** A secret and its webhook, while the secret is shown. */
export interface FreshSecret {
  readonly name: string
  readonly secret: string
}

export const WEBHOOKS_KEY = ['webhooks'] as const

export const webhookNameOf = ({
  description,
  targetUrl,
}: Pick<Webhook, 'description' | 'targetUrl'>): string =>
  description === null || description === '' ? targetUrl : description

export const readWebhooks = async (api: Api): Promise<readonly Webhook[]> =>
  (await api.metadata(Webhooks)).webhooks

/** The secret is empty where requests are not signed. */
export const createWebhook = async (
  api: Api,
  { isSigned, ...settings }: WebhookSettings,
): Promise<FreshSecret> => {
  const input = { ...settings, ...(isSigned ? {} : { secret: '' }) }
  const { createWebhook: webhook } = await api.metadata(CreateWebhook, { input })
  return { name: webhookNameOf(settings), secret: webhook.secret }
}

export const updateWebhook = (api: Api, id: string, update: UpdateWebhookInputUpdates): Promise<unknown> =>
  api.metadata(UpdateWebhook, { id, update })

export const deleteWebhook = (api: Api, id: string): Promise<unknown> => api.metadata(DeleteWebhook, { id })

/** For a day requests are signed with the secret before, too. */
export const rotateSecret = async (api: Api, webhook: Webhook): Promise<FreshSecret> => {
  const { rotateWebhookSecret } = await api.metadata(RotateWebhookSecret, { id: webhook.id })
  return { name: webhookNameOf(webhook), secret: rotateWebhookSecret.secret }
}

/** @returns what the receiver answered. Throws a Failure if that was no success. */
export const sendTestEvent = async (api: Api, { id }: Webhook): Promise<string> => {
  const { status, error, ms } = (await api.metadata(TestWebhook, { id })).testWebhook
  if (error === null && status !== null && status < 300)
    return `The receiver responded to the test event with status ${status}, in ${ms} ms.`
  throw new Failure('The test event was not received.', {
    status: 0,
    code: 'TEST_FAILED',
    hint: error ?? `The receiver responded with status ${status}.`,
  })
}

/** @returns how many deliveries are sent again */
export const replay = async (api: Api, id: string, from: string, to: string): Promise<number> => {
  const until = to === '' ? {} : { to: new Date(to).toISOString() }
  const since = from === '' ? {} : { from: new Date(from).toISOString() }
  let { deliveries, position, hasMore } = (
    await api.metadata(ReplayWebhook, { input: { id, ...since, ...until } })
  ).replayWebhook
  while (hasMore) {
    const { replayWebhook: next } = await api.metadata(ReplayWebhook, { input: { id, after: position } })
    deliveries += next.deliveries
    position = next.position
    hasMore = next.hasMore
  }
  return deliveries
}
