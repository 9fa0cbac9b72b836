// A request that a person asks for, to see whether the receiver answers. It is signed like a delivery and
// sent at once, also for a webhook that is paused or disabled. It is not repeated, and is in no count.

import { newUuid } from '../../tenants/uuid.ts'
import type { Attempt } from '../../tenants/webhook/delivery.ts'
import type { EncryptedSecrets } from '../../tenants/webhook/webhook.ts'
import { attempting } from './deliver.ts'
import type { WebhookSecrets } from './secret.ts'
import type { Sender } from './send.ts'
import { headersOf } from './signature.ts'

interface TestEventOptions {
  readonly secrets: WebhookSecrets
  readonly send: Sender['send']
  readonly clock: () => number
}

const TEST_EVENT = 'webhook.test'

interface TestedWebhook extends EncryptedSecrets {
  readonly id: string
  /** Absent: it is an operator's. */
  readonly workspaceId?: string
  readonly targetUrl: string
}

/** Never rejects for what the receiver does. */
export type SendTestEvent = (webhook: TestedWebhook) => Promise<Attempt>

export const createTestEvent =
  ({ secrets, send, clock }: TestEventOptions): SendTestEvent =>
  async (webhook) => {
    const { id: webhookId, workspaceId, targetUrl } = webhook
    const id = newUuid()
    const atMs = clock()
    const eventDate = new Date(atMs).toISOString()
    const body = JSON.stringify({ targetUrl, eventName: TEST_EVENT, workspaceId, webhookId, eventDate })
    const headers = headersOf({ id, body, atMs, secrets: secrets.signingAt(webhookId, webhook, atMs) })
    return (await attempting({ url: targetUrl, body, headers }, { send, clock })).attempt
  }
