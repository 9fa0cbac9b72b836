// Deliveries made again for a part of the feed.

import type { Pool } from 'pg'
import { auditCaller } from '../auditCaller.ts'
import type { Actor } from '../permission/actor.ts'
import { changingWorkspace } from '../workspaceLock.ts'
import { lockManageable, type Webhook } from './webhook.ts'

interface ReplayRequest {
  readonly from: Date | null
  readonly to: Date | null
}

/** The webhook, for a replay that the actor asks for. */
export const webhookToReplay = (
  pool: Pool,
  workspaceId: string,
  id: string,
  { from, to }: ReplayRequest,
  actor: Actor,
): Promise<Webhook> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    const webhook = await lockManageable(client, workspaceId, id, actor)
    const details = { webhookId: id, from, to }
    await auditCaller(client, actor, { action: 'webhook.replay', workspaceId, details })
    return webhook
  })
