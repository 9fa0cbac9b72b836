// Workspaces, the tenants: each is a row of tenantry.workspaces and a schema of its own. Each operation is
// one transaction. The schema's contents are in model/, access in role.ts and key.ts.

import { randomBytes } from 'node:crypto'
import { type ClientBase, escapeLiteral, type Pool } from 'pg'
import { newSchema, readServerVersion, runInOrder } from '../sql/citus.ts'
import { type Connection, inTransaction } from '../sql/ownerPool.ts'
import { bindSchema, quoteIdentifier } from '../sql/placeholder.ts'
import { APPLYING } from './changeModel.ts'
import { checkedDisplayName } from './displayName.ts'
import { type ListPage, type PageRequest, readPage } from './listPage.ts'
import { createFoundation } from './model/ddl/bootstrap.ts'
import { createObjects } from './model/ddl/ddl.ts'
import { STANDARD_OBJECTS } from './model/standard/standard.ts'
import { insertDefaultRoles } from './permission/role.ts'
import { Refusal } from './refusal.ts'
import { slugOf } from './slug.ts'
import { checkSubdomain, subdomainsFor } from './subdomain.ts'
import { isUuid } from './uuid.ts'
import { changingWorkspace, deletedRefusal } from './workspaceLock.ts'

/** A deleted workspace can be restored until its purge begins (life/deletion.ts). */
export type WorkspaceStatus = 'active' | 'suspended' | 'deleted'

export interface Workspace {
  readonly id: string
  readonly name: string
  readonly subdomain: string
  readonly schemaName: string
  readonly hasStandardObjects: boolean
  /** Rises with every change of the data model. */
  readonly version: number
  readonly status: WorkspaceStatus
  readonly createdAt: Date
  readonly deletedAt: Date | null
  /** When a deleted workspace is purged. */
  readonly purgeAfter: Date | null
}

export interface NewWorkspace {
  readonly name: string
  /** Default: derived from the name and made unique. */
  readonly subdomain?: string
  /** Whether to create the standard objects; default true. */
  readonly standardObjects?: boolean
}

const SCHEMA_STEM_LENGTH = 24
const SHORT_ID_LENGTH = 8
const UUIDV7_SINCE = 180_000

export const WORKSPACE_COLUMNS = `id, name, subdomain, schema_name as "schemaName", has_standard_objects as "hasStandardObjects",
  version::float8 as version, case when deleted_at is null then status else 'deleted' end as status,
  created_at as "createdAt", deleted_at as "deletedAt", purge_after as "purgeAfter"`

/** Crockford's alphabet in lower case: no look-alike characters. */
const shortId = (): string =>
  Array.from(randomBytes(SHORT_ID_LENGTH), (byte) =>
    '0123456789abcdefghjkmnpqrstvwxyz'.charAt(byte & 31),
  ).join('')

const schemaNameFor = (name: string): string =>
  `w_${slugOf(name, '_', SCHEMA_STEM_LENGTH, 'workspace')}_${shortId()}`

const insertWorkspace = async (
  client: ClientBase,
  name: string,
  subdomain: string | undefined,
  hasStandardObjects: boolean,
): Promise<Workspace> => {
  const candidates = subdomain === undefined ? subdomainsFor(name) : [checkSubdomain(subdomain)]
  for (const candidate of candidates) {
    const { rows } = await client.query<Workspace>(
      `insert into tenantry.workspaces (name, subdomain, schema_name, has_standard_objects)
       values ($1, $2, $3, $4) on conflict (subdomain) do nothing returning ${WORKSPACE_COLUMNS}`,
      [name, candidate, schemaNameFor(name), hasStandardObjects],
    )
    const [workspace] = rows
    if (workspace !== undefined) return workspace
  }
  throw new Refusal('CONFLICT', `The subdomain "${subdomain}" is taken.`, {
    hint: 'Choose another one. A deleted workspace keeps its subdomain until it is purged.',
  })
}

export const commentOnSchema = (schemaName: string, name: string): string =>
  `comment on schema ${quoteIdentifier(schemaName)} is ${escapeLiteral(`Workspace ${name}`)}`

/** By whether the server has `uuidv7()` and the workspace standard objects; at most 50 KB each. */
const contents = new Map<string, readonly string[]>()

/** Statements that fill a schema, with its placeholder. They are kept: to compile them takes 2 to 60 ms. */
const contentOf = (hasUuidv7: boolean, hasStandardObjects: boolean): readonly string[] => {
  const key = `${hasUuidv7} ${hasStandardObjects}`
  const known = contents.get(key)
  if (known !== undefined) return known
  const objects = hasStandardObjects ? STANDARD_OBJECTS : []
  const made = [...createFoundation({ hasUuidv7 }), ...createObjects(objects, { hasUuidv7 })]
  contents.set(key, made)
  return made
}

const contentStatements = (workspace: Workspace, serverVersion: number): readonly string[] => [
  commentOnSchema(workspace.schemaName, workspace.name),
  ...contentOf(serverVersion >= UUIDV7_SINCE, workspace.hasStandardObjects).map((statement) =>
    bindSchema(statement, workspace.schemaName),
  ),
]

export const createWorkspace = async (connection: Connection, wanted: NewWorkspace): Promise<Workspace> => {
  const name = checkedDisplayName(wanted.name, 'A workspace')
  return inTransaction(connection, async (client) => {
    const workspace = await insertWorkspace(client, name, wanted.subdomain, wanted.standardObjects ?? true)
    await insertDefaultRoles(client, workspace.id)
    // One round trip for all of some 350 statements, unless on a cluster.
    const contents = contentStatements(workspace, await readServerVersion(client))
    await runInOrder(client, [APPLYING, ...(await newSchema(client, workspace.schemaName)), ...contents])
    await client.query(
      `select tenantry.register_tables($1), tenantry.guard_members($1), (select count(*) from tenantry.keep_capture($1)),
         tenantry.keep_drawn($1, null)`,
      [workspace.id],
    )
    return workspace
  })
}

/** Whether it exists and is not deleted. */
export const workspaceExists = async (connection: Connection, workspaceId: string): Promise<boolean> => {
  const { rowCount } = await connection.query(
    'select from tenantry.workspaces where id = $1 and deleted_at is null',
    [workspaceId],
  )
  return rowCount === 1
}

/** Names by id; without the ones that are gone. */
export const namesOf = async (
  connection: Connection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Pick<Workspace, 'name' | 'subdomain'>>> => {
  const { rows } = await connection.query<Pick<Workspace, 'id' | 'name' | 'subdomain'>>(
    'select id, name, subdomain from tenantry.workspaces where id = any($1)',
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** By status; `purging` are deleted ones that are being purged. */
type WorkspaceCounts = Readonly<Partial<Record<WorkspaceStatus | 'purging', number>>>

export const countWorkspaces = async (pool: Pool): Promise<WorkspaceCounts> => {
  const { rows } = await pool.query<{ active: number; suspended: number; deleted: number; purging: number }>(
    `select count(*) filter (where status = 'active')::int as active,
       count(*) filter (where status = 'suspended' and deleted_at is null)::int as suspended,
       count(*) filter (where deleted_at is not null and purge_began_at is null)::int as deleted,
       count(*) filter (where purge_began_at is not null)::int as purging
     from tenantry.workspaces`,
  )
  return rows[0] ?? {}
}

interface WorkspacePageRequest extends PageRequest {
  /** Only deleted ones, instead of the others. */
  readonly isDeleted?: boolean
  /** Only these; null: all. */
  readonly ids?: readonly string[] | null
}

/** Oldest first. Searches name and subdomain. */
export const listWorkspaces = (
  connection: Connection,
  { isDeleted = false, ids = null, ...page }: WorkspacePageRequest,
): Promise<ListPage<Workspace>> =>
  readPage(
    connection,
    {
      columns: WORKSPACE_COLUMNS,
      from: 'tenantry.workspaces',
      where: `deleted_at is ${isDeleted ? 'not null' : 'null'}${ids === null ? '' : ' and id = any ($1::uuid[])'}`,
      values: ids === null ? [] : [ids],
      id: 'id',
      words: `tenantry.words_of(name || ' ' || subdomain)`,
    },
    page,
  )

/** @param reference its id or its subdomain. */
export const findWorkspace = async (connection: Connection, reference: string): Promise<Workspace> => {
  const column = isUuid(reference) ? 'id' : 'subdomain'
  const { rows } = await connection.query<Workspace>(
    `select ${WORKSPACE_COLUMNS} from tenantry.workspaces where ${column} = $1`,
    [reference.replaceAll('\0', '')],
  )
  const [workspace] = rows
  if (workspace !== undefined) return workspace
  throw new Refusal('NOT_FOUND', `There is no workspace "${reference}".`)
}

/** The same; throws a Refusal for a deleted one, too. */
export const findPresentWorkspace = async (connection: Connection, reference: string): Promise<Workspace> => {
  const workspace = await findWorkspace(connection, reference)
  if (workspace.status === 'deleted') throw deletedRefusal(workspace)
  return workspace
}

const updateWorkspace = async (
  connection: Connection,
  workspaceId: string,
  column: 'name' | 'status',
  value: string,
): Promise<Workspace> => {
  const { rows } = await connection.query<Workspace>(
    `update tenantry.workspaces set ${column} = $2, updated_at = now()
     where id = $1 and deleted_at is null returning ${WORKSPACE_COLUMNS}`,
    [workspaceId, value],
  )
  const [workspace] = rows
  if (workspace !== undefined) return workspace
  throw deletedRefusal(await findWorkspace(connection, workspaceId))
}

/** Its keys are refused until it is resumed; no data is lost. */
export const suspendWorkspace = (connection: Connection, workspaceId: string): Promise<Workspace> =>
  updateWorkspace(connection, workspaceId, 'status', 'suspended')

export const resumeWorkspace = (connection: Connection, workspaceId: string): Promise<Workspace> =>
  updateWorkspace(connection, workspaceId, 'status', 'active')

/** Changes the display name; subdomain and schema stay. */
export const renameWorkspace = (pool: Pool, workspaceId: string, name: string): Promise<Workspace> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    const workspace = await updateWorkspace(
      client,
      workspaceId,
      'name',
      checkedDisplayName(name, 'A workspace'),
    )
    await client.query(commentOnSchema(workspace.schemaName, workspace.name))
    return workspace
  })
