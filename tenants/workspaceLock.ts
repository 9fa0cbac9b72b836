// The lock that serialises changes of one workspace.

import type { ClientBase } from 'pg'
import { limitOf } from './limits.ts'
import { Refusal } from './refusal.ts'

export interface ChangedWorkspace {
  readonly id: string
  readonly schemaName: string
  /** Whether record rules restrict some of its roles on some tables. */
  readonly hasRecordRules: boolean
  /** The quota that an operator has set; undefined: none. */
  readonly maxObjects: number | undefined
}

export const deletedRefusal = ({ subdomain }: { readonly subdomain: string }): Refusal =>
  new Refusal('CONFLICT', `Workspace "${subdomain}" is deleted.`, {
    hint: `Restore it first: tenantry workspace restore ${subdomain}`,
  })

interface LockedRow extends Omit<ChangedWorkspace, 'maxObjects'> {
  readonly subdomain: string
  readonly isDeleted: boolean
  readonly settings: Readonly<Record<string, unknown>>
}

/**
 * Locks the row, so that changes of one workspace queue up and none sees another half-done. Others can still
 * insert rows that reference the workspace (idempotency keys, usage). Throws Refusal CONFLICT for a deleted
 * workspace.
 */
export const lockWorkspace = async (client: ClientBase, workspaceId: string): Promise<ChangedWorkspace> => {
  const { rows } = await client.query<LockedRow>(
    `select id, subdomain, settings, deleted_at is not null as "isDeleted", schema_name as "schemaName", exists (
        select from tenantry.row_rules u join tenantry.roles r on r.id = u.role_id where r.workspace_id = w.id
      ) as "hasRecordRules"
      from tenantry.workspaces w where id = $1 for no key update`,
    [workspaceId],
  )
  const [row] = rows
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  if (row.isDeleted) throw deletedRefusal(row)
  const { id, schemaName, hasRecordRules, settings } = row
  return { id, schemaName, hasRecordRules, maxObjects: limitOf(settings, 'maxObjects') }
}
