// How much waits for webhooks, in all workspaces.

import type { Pool } from 'pg'
import { OF_OPERATORS, OF_WORKSPACES, type WebhookTables } from '../changes/webhookTables.ts'

export interface WebhookQueue {
  /** Waiting deliveries of active webhooks, up to a bound. */
  readonly active: number
  /** Those of webhooks that are paused or disabled, up to the same bound. */
  readonly stopped: number
  /** Since when the longest one is due, of active webhooks; 0: none is. */
  readonly overdueSeconds: number
}

const MAX_COUNTED = 100_000

/** Webhook by webhook, so that a long queue of one kind does not hide the other. */
const counted = (
  condition: string,
  { webhooks, deliveries }: WebhookTables,
): string => `(select count(*)::int from (
      select from ${webhooks} w cross join lateral (
        select from ${deliveries} d where d.webhook_id = w.id and d.status = 'waiting' limit $1
      ) d where ${condition} limit $1
    ) c)`

/** @param maxCounted of each kind: counting costs what it counts */
export const readWebhookQueue = async (
  pool: Pool,
  maxCounted = MAX_COUNTED,
  tables = OF_WORKSPACES,
): Promise<WebhookQueue> => {
  const { rows } = await pool.query<WebhookQueue>({
    name: `${tables.name}_webhook_queue`,
    text: `select ${counted("w.status = 'active'", tables)} as active, ${counted("w.status <> 'active'", tables)} as stopped,
        coalesce(greatest(extract(epoch from now() - (
          select min((
            select d.due_at from ${tables.deliveries} d
            where d.webhook_id = w.id and d.status = 'waiting' order by d.due_at limit 1
          )) from ${tables.webhooks} w where w.status = 'active'
        )), 0), 0)::float8 as "overdueSeconds"`,
    values: [maxCounted],
  })
  return rows[0] ?? { active: 0, stopped: 0, overdueSeconds: 0 }
}

/** Of webhooks of workspaces and of operators together. */
export const readWholeQueue = async (pool: Pool): Promise<WebhookQueue> => {
  const [workspaces, operators] = await Promise.all([
    readWebhookQueue(pool),
    readWebhookQueue(pool, MAX_COUNTED, OF_OPERATORS),
  ])
  return {
    active: workspaces.active + operators.active,
    stopped: workspaces.stopped + operators.stopped,
    overdueSeconds: Math.max(workspaces.overdueSeconds, operators.overdueSeconds),
  }
}
