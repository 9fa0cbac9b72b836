// The frame of every change to a workspace's data model: lock, change, version + 1, one transaction. In: a
// workspace and what to do to its schema; out: whatever that gives. The gateways hear of the new version when
// the transaction commits, through the trigger on tenantry.workspaces. Not decided here: what a change is.

import type { ClientBase, Pool } from 'pg'
import { inTransaction } from '../sql/ownerPool.ts'
import { restoreLostRules } from './permission/apply.ts'
import { Refusal } from './refusal.ts'

export interface ChangedWorkspace {
  readonly id: string
  readonly schemaName: string
  /** Whether roles of it see some records of some tables only. */
  readonly hasRecordRules: boolean
}

/** While this is on, the event trigger leaves the version alone: the change itself raises it, once. */
export const APPLYING = "set local tenantry.applying = 'on'"

const QUEUE_TIMEOUT_MS = 15_000

/** Locks the row, so that changes of one workspace queue up and none sees another half-done. */
export const lockWorkspace = async (client: ClientBase, workspaceId: string): Promise<ChangedWorkspace> => {
  const { rows } = await client.query<ChangedWorkspace>(
    `select id, schema_name as "schemaName", exists (
        select from tenantry.row_rules u join tenantry.roles r on r.id = u.role_id where r.workspace_id = w.id
      ) as "hasRecordRules"
      from tenantry.workspaces w where id = $1 for update`,
    [workspaceId],
  )
  const [workspace] = rows
  if (workspace === undefined) throw new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  return workspace
}

/** @param afterCommit runs in the session of the transaction, when that is over. */
export const changeModel = <T>(
  pool: Pool,
  workspaceId: string,
  change: (client: ClientBase, workspace: ChangedWorkspace) => Promise<T>,
  afterCommit?: (client: ClientBase, result: T) => Promise<void>,
): Promise<T> => {
  const work = async (client: ClientBase): Promise<T> => {
    // Changes of one workspace queue up here, and behind a transaction in psql that has changed its tables.
    await client.query(`set local lock_timeout = ${QUEUE_TIMEOUT_MS}`)
    const workspace = await lockWorkspace(client, workspaceId)
    await client.query(`${APPLYING}; set local lock_timeout to default`)
    const result = await change(client, workspace)
    if (workspace.hasRecordRules) await restoreLostRules(client, workspaceId)
    await client.query('select tenantry.end_model_change($1)', [workspaceId])
    return result
  }
  return inTransaction(pool, work, afterCommit)
}
