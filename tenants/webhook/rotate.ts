// Rotates the secret of a webhook: for a day, requests are signed with both, so that a receiver can change
// over without a gap.

import type { Pool } from 'pg'
import { auditCaller } from '../auditCaller.ts'
import type { Actor } from '../permission/actor.ts'
import { changingWorkspace } from '../workspaceLock.ts'
import type { EncryptSecret } from './settings.ts'
import { findWebhook, lockManageable, type Webhook } from './webhook.ts'

const OVERLAP = '24 hours'

interface Rotation {
  readonly secret: EncryptSecret
  /** When the contract's single signature changes; null: now. */
  readonly activateAt: Date | null
}

export const rotateSecret = (
  pool: Pool,
  workspaceId: string,
  id: string,
  { secret, activateAt }: Rotation,
  actor: Actor,
): Promise<Webhook> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    await lockManageable(client, workspaceId, id, actor)
    await client.query(
      // Of a secret that was never active, the one before stays the previous one.
      `update tenantry.webhooks set secret = $2,
         previous_secret = case when secret_activates_at > now() then coalesce(previous_secret, secret) else secret end,
         secret_activates_at = greatest(now(), $3::timestamptz),
         previous_secret_until = greatest(now(), $3::timestamptz) + interval '${OVERLAP}', updated_at = now() where id = $1`,
      [id, await secret(client), activateAt],
    )
    const details = { webhookId: id, activateAt }
    await auditCaller(client, actor, { action: 'webhook.rotate', workspaceId, details })
    return findWebhook(client, workspaceId, id)
  })
