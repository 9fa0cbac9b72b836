// Deletes a member, active or in the trash, for the operator: the record, its role, its sessions and its
// sign-in links, in one transaction. Records that the member created keep the member's name.

import type { Connection } from '../../sql/ownerPool.ts'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { isUuid } from '../uuid.ts'
import { changingWorkspace } from '../workspaceLock.ts'
import { lastAdmin, listAdministrators, lockMembers, memberNotFound } from './member.ts'

const DELETE_SQL = `delete from ${inWorkspace('workspace_member')} where id = $1`
const UNDEFINED_TABLE = '42P01'

const refusalOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE ? memberNotFound() : error

export const deleteMember = async (
  connection: Connection,
  workspaceId: string,
  memberId: string,
): Promise<void> => {
  if (!isUuid(memberId)) throw memberNotFound()
  try {
    await changingWorkspace(connection, workspaceId, async (client, { schemaName }) => {
      await lockMembers(client, workspaceId)
      const [first, another] = await listAdministrators(client, workspaceId)
      if (first === memberId.toLowerCase() && another === undefined) throw lastAdmin()
      const { rowCount } = await client.query(bindSchema(DELETE_SQL, schemaName), [memberId])
      if (rowCount === 0) throw memberNotFound()
      for (const table of ['member_roles', 'sessions', 'sign_in_links'])
        await client.query(
          `delete from tenantry.${table} where workspace_id = $1 and workspace_member_id = $2`,
          [workspaceId, memberId],
        )
    })
  } catch (error) {
    throw refusalOf(error)
  }
}
