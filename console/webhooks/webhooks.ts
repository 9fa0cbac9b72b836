// Reads and changes webhooks. A secret is part of the answer that set it and cannot be read again.

import type { Api } from '../api/api.ts'
import {
  CreateWebhook,
  DeleteWebhook,
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
  /** Of a new webhook. */
  readonly isSigned: boolean
}

/** A secret and its webhook, while the secret is shown. */
export interface FreshSecret {
  readonly name: string
  readonly secret: string
}

export const WEBHOOKS_KEY = ['webhooks'] as const

export const nameOf = ({ description, targetUrl }: Pick<Webhook, 'description' | 'targetUrl'>): string =>
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
  return { name: nameOf(settings), secret: webhook.secret }
}

export const updateWebhook = (api: Api, id: string, update: UpdateWebhookInputUpdates): Promise<unknown> =>
  api.metadata(UpdateWebhook, { id, update })

export const deleteWebhook = (api: Api, id: string): Promise<unknown> => api.metadata(DeleteWebhook, { id })

const SECRET_BYTES = 32

export const replaceSecret = async (api: Api, webhook: Webhook): Promise<FreshSecret> => {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
  const secret = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const { updateWebhook: updated } = await api.metadata(UpdateWebhook, {
    id: webhook.id,
    update: { secret },
  })
  return { name: nameOf(webhook), secret: updated.secret }
}
