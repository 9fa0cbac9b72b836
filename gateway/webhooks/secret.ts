// Secrets of webhooks: encrypted in the database, shown once, a mask afterwards.

import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { EncryptSecret } from '../../tenants/webhook/settings.ts'
import type { EncryptedSecrets } from '../../tenants/webhook/webhook.ts'
import { decryptColumn, ENCRYPTED_COLUMNS, encryptColumn } from '../auth/encryptedColumns.ts'
import type { Keyring } from '../auth/keyring.ts'

/** What a read answers in a secret's place. An update that sends it back leaves the secret as it is. */
export const MASK = '********'

export interface WebhookSecrets {
  /** For a transaction that stores the secret. An empty one: requests are not signed. */
  readonly encrypting: (webhookId: string, secret: string) => EncryptSecret
  /** Null: requests are not signed. */
  readonly signingAt: (webhookId: string, encrypted: EncryptedSecrets, atMs: number) => SigningSecrets | null
}

export interface SigningSecrets {
  /** Of the contract's one signature. */
  readonly single: string
  /** Of the signatures of Standard Webhooks, newest first. */
  readonly all: readonly string[]
}

export const newSigningSecret = (): string => randomBytes(32).toString('hex')

/** Decrypted secrets that are kept: deriving a key costs more than signing with it. */
const MAX_DECRYPTED = 1_000

/** Webhooks of operators have ids of the same kind, and the same purpose. */
const { purposeOf } = ENCRYPTED_COLUMNS.webhooks

export const createWebhookSecrets = (keyring: Keyring): WebhookSecrets => {
  const opened = new LRUCache<string, string>({ max: MAX_DECRYPTED })
  const open = (webhookId: string, encrypted: Buffer): string => {
    const key = `${webhookId} ${encrypted.toString('latin1')}`
    const known = opened.get(key)
    if (known !== undefined) return known
    const secret = decryptColumn(keyring, purposeOf(webhookId), encrypted).plain.toString()
    opened.set(key, secret)
    return secret
  }
  return {
    encrypting: (webhookId, secret) => async (client) =>
      secret === '' ? null : encryptColumn(client, keyring, purposeOf(webhookId), Buffer.from(secret)),
    signingAt: (webhookId, { secret, previousSecret, previousSecretUntil, secretActivatesAt }, atMs) => {
      if (secret === null) return null
      const newest = open(webhookId, secret)
      const isOver = previousSecretUntil === null || previousSecretUntil.getTime() <= atMs
      if (previousSecret === null || isOver) return { single: newest, all: [newest] }
      const previous = open(webhookId, previousSecret)
      const isActive = secretActivatesAt === null || secretActivatesAt.getTime() <= atMs
      return { single: isActive ? newest : previous, all: [newest, previous] }
    },
  }
}
