// A webhook as a caller: what it sees, it sees with its role.

import type { Webhook } from '../../tenants/webhook/webhook.ts'
import type { Caller } from '../auth/caller.ts'

/** A webhook, and who answers for it. */
export type WebhookIdentity = Pick<
  Webhook,
  'id' | 'workspaceId' | 'keyId' | 'workspaceMemberId' | 'ownerName'
>

export type WebhookReader = WebhookIdentity & Pick<Webhook, 'roleId' | 'roleLabel' | 'pgRole'>

/** Null: the role was deleted. */
export const callerOfWebhook = (webhook: WebhookReader): Caller | null => {
  const { id, workspaceId, roleId, roleLabel, pgRole, keyId, workspaceMemberId, ownerName } = webhook
  if (roleId === null || roleLabel === null || pgRole === null) return null
  return {
    ...{ workspaceId, callerId: id, keyId, workspaceMemberId, name: ownerName },
    ...{ roleId, roleLabel, pgRole },
    rateLimitPerMinute: null,
    workspaceRateLimitPerMinute: null,
    flags: new Set(),
  }
}
