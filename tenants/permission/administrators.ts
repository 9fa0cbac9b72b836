// The role of a workspace's administrators, which may read and write everything.

import type { Pool } from 'pg'
import { changingWorkspace } from '../workspaceLock.ts'
import { ensurePgRole } from './pgRole.ts'

export interface BoundRole {
  readonly roleId: string
  readonly roleLabel: string
  readonly pgRole: string
}

interface Row extends Omit<BoundRole, 'pgRole'> {
  /** Null until the role is first assigned. */
  readonly pgRole: string | null
}

/** Null: there is no such workspace. */
export const administrators = async (pool: Pool, workspaceId: string): Promise<BoundRole | null> => {
  const { rows } = await pool.query<Row>({
    name: 'tenantry_administrators',
    text: `select id as "roleId", label as "roleLabel", pg_role as "pgRole" from tenantry.roles
      where workspace_id = $1 and not is_editable order by id limit 1`,
    values: [workspaceId],
  })
  const [row] = rows
  if (row === undefined) return null
  const pgRole =
    row.pgRole ?? (await changingWorkspace(pool, workspaceId, (client) => ensurePgRole(client, row.roleId)))
  return { ...row, pgRole }
}
