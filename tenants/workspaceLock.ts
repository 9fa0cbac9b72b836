// The lock that serialises changes of one workspace.

import type { ClientBase } from 'pg'
import { Refusal } from './refusal.ts'

export interface ChangedWorkspace {
  readonly id: string
  readonly schemaName: string
  /** Whether record rules restrict some of its roles on some tables. */
  readonly hasRecordRules: boolean
}

/**
 * Locks the row, so that changes of one workspace queue up and none sees another half-done.
 * @param strength `no key update` lets others insert rows that reference the workspace (idempotency keys,
 * usage) during the change; `update` is for dropping it.
 */
export const lockWorkspace = async (
  client: ClientBase,
  workspaceId: string,
  strength: 'no key update' | 'update' = 'no key update',
): Promise<ChangedWorkspace> => {
  const { rows } = await client.query<ChangedWorkspace>(
    `select id, schema_name as "schemaName", exists (
        select from tenantry.row_rules u join tenantry.roles r on r.id = u.role_id where r.workspace_id = w.id
      ) as "hasRecordRules"
      from tenantry.workspaces w where id = $1 for ${strength}`,
    [workspaceId],
  )
  const [workspace] = rows
  if (workspace === undefined) throw new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  return workspace
}
