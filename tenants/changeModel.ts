// The transaction around every change to a workspace's data model: lock, change, version + 1. The trigger on
// tenantry.workspaces notifies the gateways of the new version at commit.

import type { ClientBase, Pool } from 'pg'
import { inTransaction } from '../sql/ownerPool.ts'
import { restoreLostRules } from './permission/apply.ts'
import { countObjects, quotaRefusal } from './quota/quota.ts'
import { type ChangedWorkspace, lockWorkspace } from './workspaceLock.ts'

/** While this is set, the event trigger does not raise the version: the change raises it itself, once. */
export const APPLYING = "set local tenantry.applying = 'on'"

/** @param afterCommit runs in the transaction's session, after the commit. */
export const changeModel = <T>(
  pool: Pool,
  workspaceId: string,
  change: (client: ClientBase, workspace: ChangedWorkspace) => Promise<T>,
  afterCommit?: (client: ClientBase, result: T) => Promise<void>,
): Promise<T> => {
  const work = async (client: ClientBase): Promise<T> => {
    // Changes of one workspace queue up here, also behind a psql transaction that has changed its tables.
    const workspace = await lockWorkspace(client, workspaceId)
    await client.query(`${APPLYING}; set local lock_timeout to default`)
    const { schemaName, maxObjects } = workspace
    const before = maxObjects === undefined ? 0 : await countObjects(client, schemaName)
    const result = await change(client, workspace)
    if (maxObjects !== undefined) {
      const after = await countObjects(client, schemaName)
      if (after > before && after > maxObjects) throw quotaRefusal('maxObjects', maxObjects)
    }
    if (workspace.hasRecordRules) await restoreLostRules(client, workspaceId)
    await client.query('select tenantry.end_model_change($1)', [workspaceId])
    return result
  }
  return inTransaction(pool, work, { afterCommit, changes: workspaceId })
}
