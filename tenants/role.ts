// Roles of a workspace. In: a workspace and a role; out: rows of tenantry.roles, and for a role that somebody has been given
// the nologin role of Postgres that statements run under. Such roles are made late, because each one that the gateway is a
// member of slows its first `set role`. What a role may do is in grants.ts.

import { randomBytes } from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { accessOf, grantStatements, membershipStatements } from './grants.ts'
import { Refusal } from './refusal.ts'
import { slugOf } from './slug.ts'

export interface Role {
  readonly id: string
  readonly workspaceId: string
  readonly label: string
  readonly description: string | null
  readonly icon: string | null
  /** Null until the role is first given to someone. */
  readonly pgRole: string | null
  readonly isEditable: boolean
}

/** Room beside a schema's name of at most 35 bytes, an underscore and a suffix that tells twins apart. */
const SLUG_LENGTH = 20
const INSUFFICIENT_DEPENDENCY_STATE = '2BP01'

const COLUMNS = `id, workspace_id as "workspaceId", label, description, icon, pg_role as "pgRole", is_editable as "isEditable"`

/** The roles that every workspace begins with. */
export const insertDefaultRoles = async (client: ClientBase, workspaceId: string): Promise<void> => {
  await client.query(
    `insert into tenantry.roles (workspace_id, label, description, icon, is_editable) values
       ($1, 'Admin', 'May do everything', 'IconUserCog', false),
       ($1, 'Member', 'Works with all records', 'IconUser', true),
       ($1, 'Guest', 'Reads all records', 'IconUserQuestion', true)`,
    [workspaceId],
  )
}

export const listRoles = async (pool: Pool, workspaceId: string): Promise<readonly Role[]> => {
  const { rows } = await pool.query<Role>(
    `select ${COLUMNS} from tenantry.roles where workspace_id = $1 order by created_at, id`,
    [workspaceId],
  )
  return rows
}

/** A workspace's role by its label, upper and lower case alike where only one fits. */
export const findRole = async (pool: Pool, workspaceId: string, label: string): Promise<Role> => {
  const roles = await listRoles(pool, workspaceId)
  const alike = roles.filter((role) => role.label.toLowerCase() === label.toLowerCase())
  const found = roles.find((role) => role.label === label) ?? (alike.length === 1 ? alike[0] : undefined)
  if (found !== undefined) return found
  throw new Refusal('NOT_FOUND', `The workspace has no role "${label}".`, {
    hint: `Its roles are ${roles.map((role) => role.label).join(', ')}.`,
  })
}

interface RoleFacts {
  readonly label: string
  readonly pgRole: string | null
  readonly exists: boolean
  readonly schemaName: string
  readonly serverVersion: number
}

const lockRole = async (client: ClientBase, roleId: string): Promise<RoleFacts> => {
  const { rows } = await client.query<RoleFacts>(
    `select r.label, r.pg_role as "pgRole", w.schema_name as "schemaName",
       exists (select from pg_catalog.pg_roles p where p.rolname = r.pg_role) as "exists",
       current_setting('server_version_num')::int as "serverVersion"
     from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id
     where r.id = $1 for update of r`,
    [roleId],
  )
  const [row] = rows
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no role ${roleId}.`)
  return row
}

/** Roles of Postgres belong to the whole server, so the name may be taken by another database. */
const freeRoleName = async (client: ClientBase, schemaName: string, label: string): Promise<string> => {
  const wanted = `${schemaName}_${slugOf(label, '_', SLUG_LENGTH, 'role')}`
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [wanted])
  return rowCount === 0 ? wanted : `${wanted}_${randomBytes(3).toString('hex')}`
}

/**
 * The role of Postgres behind a role, made if need be with its grants. Call it inside the transaction that gives the role
 * to someone.
 */
export const ensurePgRole = async (client: ClientBase, roleId: string): Promise<string> => {
  const { label, pgRole, exists, schemaName, serverVersion } = await lockRole(client, roleId)
  if (pgRole !== null && exists) return pgRole
  const name = pgRole ?? (await freeRoleName(client, schemaName, label))
  const statements = [
    `create role ${quoteIdentifier(name)} nologin`,
    ...membershipStatements(name, serverVersion),
    ...grantStatements(schemaName, name, accessOf(label)),
  ]
  await client.query(statements.join(';\n'))
  await client.query('update tenantry.roles set pg_role = $2, updated_at = now() where id = $1', [
    roleId,
    name,
  ])
  return name
}

const pgRolesOf = async (
  client: ClientBase,
  workspaceId: string,
): Promise<{ label: string; pgRole: string }[]> => {
  const { rows } = await client.query<{ label: string; pgRole: string }>(
    `select r.label, r.pg_role as "pgRole" from tenantry.roles r
     join pg_catalog.pg_roles p on p.rolname = r.pg_role
     where r.workspace_id = $1`,
    [workspaceId],
  )
  return rows
}

/** Gives all roles of a workspace their access to everything in its schema, whoever made it. */
export const grantAgain = async (
  client: ClientBase,
  workspaceId: string,
  schemaName: string,
): Promise<void> => {
  for (const { label, pgRole } of await pgRolesOf(client, workspaceId))
    await client.query(grantStatements(schemaName, pgRole, accessOf(label)).join(';\n'))
}

/** Names of the workspace's roles in Postgres. */
export const listPgRoles = async (client: ClientBase, workspaceId: string): Promise<readonly string[]> =>
  (await pgRolesOf(client, workspaceId)).map(({ pgRole }) => pgRole)

/**
 * Drops a role of Postgres. One that somebody has given privileges elsewhere (in another database of the server, say)
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
