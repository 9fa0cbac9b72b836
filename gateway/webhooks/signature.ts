// Headers that let a receiver verify a request: those of the contract, which sign milliseconds and body, and
// those of Standard Webhooks 1.0.0, both from the bytes of the same secret. While a secret is rotated, the
// latter are signed with both.

import { createHmac, randomBytes } from 'node:crypto'
import type { SigningSecrets } from './secret.ts'

export interface Signed {
  /** The same on every attempt. */
  readonly id: string
  readonly body: string
  readonly atMs: number
  /** Null: no signatures. */
  readonly secrets: SigningSecrets | null
}

/** Of every request. */
export const REQUEST_HEADERS = { 'content-type': 'application/json', 'user-agent': 'tenantry' } as const

const NONCE_BYTES = 16

const hmac = (secret: string, text: string) => createHmac('sha256', secret).update(text)

export const headersOf = ({ id, body, atMs, secrets }: Signed): Readonly<Record<string, string>> => {
  const seconds = Math.floor(atMs / 1_000)
  const standard = { 'webhook-id': id, 'webhook-timestamp': String(seconds) }
  if (secrets === null) return standard
  return {
    'X-Twenty-Webhook-Timestamp': String(atMs),
    'X-Twenty-Webhook-Signature': hmac(secrets.single, `${atMs}:${body}`).digest('hex'),
    'X-Twenty-Webhook-Nonce': randomBytes(NONCE_BYTES).toString('hex'),
    ...standard,
    'webhook-signature': secrets.all
      .map((secret) => `v1,${hmac(secret, `${id}.${seconds}.${body}`).digest('base64')}`)
      .join(' '),
  }
}
