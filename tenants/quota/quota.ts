// Quotas that are refused exactly at their limit, inside the transaction that would exceed them.

import type { ClientBase } from 'pg'
import { limitOf } from '../limits.ts'
import { PermissionRefusal } from '../permission/refusal.ts'

type ExactQuota = 'maxObjects' | 'maxWebhooks'

const WHAT: Readonly<Record<ExactQuota, string>> = { maxObjects: 'objects', maxWebhooks: 'webhooks' }

/** The quota that an operator has set; undefined: none. */
export const readQuota = async (
  client: ClientBase,
  workspaceId: string,
  name: ExactQuota,
): Promise<number | undefined> => {
  const { rows } = await client.query<{ settings: Readonly<Record<string, unknown>> }>(
    'select settings from tenantry.workspaces where id = $1',
    [workspaceId],
  )
  return limitOf(rows[0]?.settings ?? {}, name)
}

export const quotaRefusal = (name: ExactQuota, max: number): PermissionRefusal =>
  new PermissionRefusal('QUOTA_EXCEEDED', `This workspace can have at most ${max} ${WHAT[name]}.`, {
    hint: `Delete one, or ask the operator of this gateway for more (${name}).`,
  })

/** Tables and views that the API shows as objects. */
export const countObjects = async (client: ClientBase, schemaName: string): Promise<number> => {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition`,
    [schemaName],
  )
  return rows[0]?.count ?? 0
}
