// Secrets of webhooks: encrypted in the database, shown once, a mask afterwards.

import { randomBytes } from 'node:crypto'
import { decrypt, encrypt } from '../auth/encryption.ts'

/** What a read answers in a secret's place. An update that sends it back leaves the secret as it is. */
export const MASK = '********'

export interface WebhookSecrets {
  /** Null for an empty secret: requests are not signed. */
  readonly seal: (webhookId: string, secret: string) => Buffer | null
  /** Null: requests are not signed. */
  readonly open: (webhookId: string, sealed: Buffer | null) => string | null
}

export const newSecret = (): string => randomBytes(32).toString('hex')

const purposeOf = (webhookId: string): string => `webhook ${webhookId}`

export const createWebhookSecrets = (secretKey: string): WebhookSecrets => ({
  seal: (webhookId, secret) =>
    secret === '' ? null : encrypt(secretKey, purposeOf(webhookId), Buffer.from(secret)),
  open: (webhookId, sealed) =>
    sealed === null ? null : decrypt(secretKey, purposeOf(webhookId), sealed).toString(),
})
