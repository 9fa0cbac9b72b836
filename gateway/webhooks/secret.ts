// Secrets of webhooks: encrypted in the database, shown once, a mask afterwards.

import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { EncryptedSecrets } from '../../tenants/webhook/webhook.ts'
import { decryptWith, encryptWith, type Keyring } from '../auth/keyring.ts'

/** What a read answers in a secret's place. An update that sends it back leaves the secret as it is. */
export const MASK = '********'

export interface WebhookSecrets {
  /** Null for an empty secret: requests are not signed. */
  readonly encrypt: (webhookId: string, secret: string) => Buffer | null
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

/** Opened secrets that are kept: deriving a key costs more than signing with it. */
const MAX_OPENED = 1_000

export const purposeOf = (webhookId: string): string => `webhook ${webhookId}`

export const createWebhookSecrets = (keyring: Keyring): WebhookSecrets => {
  const opened = new LRUCache<string, string>({ max: MAX_OPENED })
  const open = (webhookId: string, encrypted: Buffer): string => {
    const key = `${webhookId} ${encrypted.toString('latin1')}`
    const known = opened.get(key)
    if (known !== undefined) return known
    const secret = decryptWith(keyring, purposeOf(webhookId), encrypted).plain.toString()
    opened.set(key, secret)
    return secret
  }
  return {
    encrypt: (webhookId, secret) =>
      secret === '' ? null : encryptWith(keyring, purposeOf(webhookId), Buffer.from(secret)),
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
