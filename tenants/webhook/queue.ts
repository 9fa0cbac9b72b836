// How much waits for webhooks, in all workspaces.

import type { Pool } from 'pg'

export interface WebhookQueue {
  /** Waiting deliveries, up to a bound. */
  readonly active: number
  /** Of webhooks that are paused or disabled. */
  readonly stopped: number
  /** Since when the longest one is due, of active webhooks; 0: none is. */
  readonly overdueSeconds: number
}

/** Counting costs what it counts. */
const MAX_COUNTED = 100_000

export const readWebhookQueue = async (pool: Pool): Promise<WebhookQueue> => {
  const { rows } = await pool.query<WebhookQueue>({
    name: 'tenantry_webhook_queue',
    text: `select count(*) filter (where w.status = 'active')::int as active, count(*) filter (where w.status <> 'active')::int as stopped,
        coalesce(greatest(extract(epoch from now() - min(d.due_at) filter (where w.status = 'active')), 0), 0)::float8 as "overdueSeconds"
      from (
        select webhook_id, due_at from tenantry_runtime.deliveries where status = 'waiting' limit ${MAX_COUNTED}
      ) d
      join tenantry.webhooks w on w.id = d.webhook_id`,
  })
  return rows[0] ?? { active: 0, stopped: 0, overdueSeconds: 0 }
}
