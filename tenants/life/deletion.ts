// Deletes workspaces and restores them. A deleted workspace keeps its data, roles, keys and subdomain; keys
// are refused, sessions and sign-in links are removed. purge.ts removes the rest later.

import type { ClientBase } from 'pg'
import { type Connection, inTransaction } from '../../sql/ownerPool.ts'
import { Refusal } from '../refusal.ts'
import { WORKSPACE_COLUMNS, type Workspace } from '../workspace.ts'

interface DeletionState {
  readonly subdomain: string
  readonly deletedAt: Date | null
  readonly purgeAfter: Date | null
  readonly isPurging: boolean
}

const lockState = async (client: ClientBase, workspaceId: string): Promise<DeletionState> => {
  const { rows } = await client.query<DeletionState>(
    `select subdomain, deleted_at as "deletedAt", purge_after as "purgeAfter", purge_began_at is not null as "isPurging"
     from tenantry.workspaces where id = $1 for no key update`,
    [workspaceId],
  )
  const [state] = rows
  if (state === undefined) throw new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  return state
}

const markDeleted = async (
  client: ClientBase,
  workspaceId: string,
  graceDays: number,
  isPurging: boolean,
): Promise<Workspace> => {
  await client.query('delete from tenantry.sessions where workspace_id = $1', [workspaceId])
  await client.query('delete from tenantry.sign_in_links where workspace_id = $1', [workspaceId])
  const { rows } = await client.query<Workspace>(
    `update tenantry.workspaces set status = 'suspended', status_when_deleted = coalesce(status_when_deleted, status),
       deleted_at = coalesce(deleted_at, now()), purge_after = coalesce(purge_after, now() + interval '1 day' * $2),
       purge_began_at = case when $3 then coalesce(purge_began_at, now()) end, updated_at = now()
     where id = $1 returning ${WORKSPACE_COLUMNS}`,
    [workspaceId, graceDays, isPurging],
  )
  const [workspace] = rows
  if (workspace === undefined) throw new Error('A workspace was locked but not updated.')
  return workspace
}

/** Its keys and sessions end at once; it can be restored until the purge, after this many days. */
export const deleteWorkspace = (
  connection: Connection,
  workspaceId: string,
  graceDays: number,
): Promise<Workspace> =>
  inTransaction(connection, async (client) => {
    const { subdomain, deletedAt, purgeAfter } = await lockState(client, workspaceId)
    if (deletedAt !== null)
      throw new Refusal(
        'CONFLICT',
        `Workspace "${subdomain}" is already deleted and will be purged after ${purgeAfter?.toISOString()}.`,
        { hint: `To purge it now: tenantry workspace drop ${subdomain} --now` },
      )
    return markDeleted(client, workspaceId, graceDays, false)
  })

/** Deletes it for good: from now on it cannot be restored. purgeWorkspace does the work. */
export const beginPurge = (connection: Connection, workspaceId: string): Promise<Workspace> =>
  inTransaction(connection, async (client) => {
    await lockState(client, workspaceId)
    return markDeleted(client, workspaceId, 0, true)
  })

/** The same for a workspace whose time is up. @returns whether it is to be purged */
export const beginDuePurge = async (
  connection: Connection,
  workspaceId: string,
  now: Date,
): Promise<boolean> => {
  const { rowCount } = await connection.query(
    `update tenantry.workspaces set purge_began_at = coalesce(purge_began_at, now()), updated_at = now()
     where id = $1 and deleted_at is not null and (purge_began_at is not null or purge_after <= $2)`,
    [workspaceId, now],
  )
  return rowCount === 1
}

/** Its keys work again, unless it was suspended before. Members have to sign in again. */
export const restoreWorkspace = (connection: Connection, workspaceId: string): Promise<Workspace> =>
  inTransaction(connection, async (client) => {
    const { subdomain, deletedAt, isPurging } = await lockState(client, workspaceId)
    if (deletedAt === null)
      throw new Refusal('CONFLICT', `Workspace "${subdomain}" is not deleted.`, {
        hint: 'List deleted workspaces with: tenantry workspace list --deleted',
      })
    if (isPurging)
      throw new Refusal('CONFLICT', `Workspace "${subdomain}" is being purged.`, {
        hint: 'Only a backup can restore it.',
      })
    const { rows } = await client.query<Workspace>(
      `update tenantry.workspaces set status = status_when_deleted, deleted_at = null, purge_after = null,
         status_when_deleted = null, updated_at = now()
       where id = $1 returning ${WORKSPACE_COLUMNS}`,
      [workspaceId],
    )
    const [workspace] = rows
    if (workspace === undefined) throw new Error('A workspace was locked but not updated.')
    return workspace
  })
