// The nologin Postgres roles that statements of a workspace's roles run under. They are created late, when a
// role is first assigned, because each membership of the gateway slows its first `set role`. Their privileges
// are in permission/.

import { randomBytes } from 'node:crypto'
import type { ClientBase } from 'pg'
import { inRetriedSavepoint } from '../../sql/owner/repeat.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { Refusal } from '../refusal.ts'
import { slugOf } from '../slug.ts'
import { lockWorkspace } from '../workspaceLock.ts'
import { applyRole } from './apply.ts'
import { applyRules } from './rules.ts'
import { createPgRole } from './spareRoles.ts'

/** Room beside a schema's name of at most 35 bytes, an underscore and a distinguishing suffix. */
const SLUG_LENGTH = 20
const INSUFFICIENT_DEPENDENCY_STATE = '2BP01'

interface RoleFacts {
  readonly label: string
  readonly pgRole: string | null
  readonly exists: boolean
  readonly workspaceId: string
  readonly schemaName: string
  readonly serverVersion: number
}

const readRole = async (
  client: ClientBase,
  roleId: string,
  lock: '' | 'for update of r',
): Promise<RoleFacts> => {
  const { rows } = await client.query<RoleFacts>(
    `select r.label, r.pg_role as "pgRole", r.workspace_id as "workspaceId", w.schema_name as "schemaName",
       exists (select from pg_catalog.pg_roles p where p.rolname = r.pg_role) as "exists",
       current_setting('server_version_num')::int as "serverVersion"
     from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id
     where r.id = $1 ${lock}`,
    [roleId],
  )
  const [row] = rows
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no role ${roleId}.`)
  return row
}

/** Postgres roles belong to the whole server, so another database may have taken the name. */
const freeRoleName = async (client: ClientBase, schemaName: string, label: string): Promise<string> => {
  const wanted = `${schemaName}_${slugOf(label, '_', SLUG_LENGTH, 'role')}`
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [wanted])
  return rowCount === 0 ? wanted : `${wanted}_${randomBytes(3).toString('hex')}`
}

/**
 * The Postgres role of a role, created with all its privileges if necessary. Call it inside the transaction
 * that assigns the role.
 */
export const ensurePgRole = async (client: ClientBase, roleId: string): Promise<string> => {
  const before = await readRole(client, roleId, '')
  if (before.pgRole !== null && before.exists) return before.pgRole
  // Lock the workspace before the role, as all code that grants does.
  const { workspaceId } = before
  await lockWorkspace(client, workspaceId)
  const { label, pgRole, exists, schemaName, serverVersion } = await readRole(
    client,
    roleId,
    'for update of r',
  )
  if (pgRole !== null && exists) return pgRole
  const name = pgRole ?? (await freeRoleName(client, schemaName, label))
  // Policies lock one table after the other, while requests read several.
  await inRetriedSavepoint(client, async () => {
    await createPgRole(client, name, serverVersion)
    await client.query('update tenantry.roles set pg_role = $2, updated_at = now() where id = $1', [
      roleId,
      name,
    ])
    // Rules first: grants are withheld from a role whose rules do not hold.
    await applyRules(client, workspaceId)
    await applyRole(client, roleId)
  })
  return name
}

/** Names of the workspace's roles in Postgres. */
export const listPgRoles = async (client: ClientBase, workspaceId: string): Promise<readonly string[]> => {
  const { rows } = await client.query<{ pgRole: string }>(
    `select r.pg_role as "pgRole" from tenantry.roles r
     join pg_catalog.pg_roles p on p.rolname = r.pg_role
     where r.workspace_id = $1`,
    [workspaceId],
  )
  return rows.map(({ pgRole }) => pgRole)
}

/**
 * Drops a Postgres role. A role with privileges elsewhere (in another database of the server, for example)
 * cannot be dropped from here: it stays, without any privilege in this database.
 * @returns whether it is gone.
 */
export const dropPgRole = async (client: ClientBase, pgRole: string): Promise<boolean> => {
  await client.query('savepoint drop_role')
  try {
    await client.query(`drop role ${quoteIdentifier(pgRole)}; release savepoint drop_role`)
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === INSUFFICIENT_DEPENDENCY_STATE))
      throw error
    await client.query('rollback to savepoint drop_role; release savepoint drop_role')
    return false
  }
}
