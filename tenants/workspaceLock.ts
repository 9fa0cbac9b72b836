// The lock that serialises changes of one workspace.

import type { ClientBase } from 'pg'
import { errorCode } from '../sql/errorCode.ts'
import { isRepeating } from '../sql/owner/repeat.ts'
import { type Connection, inTransaction } from '../sql/ownerPool.ts'
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

/** Another transaction holds the lock of the workspace for long. */
export class WorkspaceHeld extends Refusal {
  constructor(cause: unknown) {
    super('CONFLICT', 'Another transaction is changing the workspace.', {
      hint: 'It may be an open transaction of SQL by hand that has changed its tables. Try again when it has ended.',
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause,
    })
    this.name = 'WorkspaceHeld'
  }
}

interface LockedRow extends Omit<ChangedWorkspace, 'maxObjects'> {
  readonly subdomain: string
  readonly isDeleted: boolean
  readonly settings: Readonly<Record<string, unknown>>
}

/** How long a change waits for the one before, unless its transaction has set a time of its own. */
const LOCK_TIMEOUT = '15s'
const LOCK_NOT_AVAILABLE = '55P03'
const RETRY_AFTER_SECONDS = 30

const lockedRow = async (client: ClientBase, workspaceId: string): Promise<LockedRow | undefined> => {
  const { rows } = await client.query<LockedRow>(
    // The setting is made before the lock is taken: it is joined to the row that is locked.
    `with timeout as materialized (
       select set_config('lock_timeout', case current_setting('lock_timeout') when '0' then $2 else current_setting('lock_timeout') end, true)
     )
     select id, subdomain, settings, deleted_at is not null as "isDeleted", schema_name as "schemaName", exists (
        select from tenantry.row_rules u join tenantry.roles r on r.id = u.role_id where r.workspace_id = w.id
      ) as "hasRecordRules"
      from timeout cross join tenantry.workspaces w where id = $1 for no key update of w`,
    [workspaceId, LOCK_TIMEOUT],
  )
  return rows[0]
}

/**
 * Locks the row, so that changes of one workspace queue up and none sees another half-done. Others can still
 * insert rows that reference the workspace (idempotency keys, usage). Throws Refusal CONFLICT for a deleted
 * workspace, WorkspaceHeld if the lock is not free in time. A transaction that begins with it is a
 * `changingWorkspace`.
 */
export const lockWorkspace = async (client: ClientBase, workspaceId: string): Promise<ChangedWorkspace> => {
  const row = await lockedRow(client, workspaceId).catch((error: unknown) => {
    throw errorCode(error) === LOCK_NOT_AVAILABLE && !isRepeating(client) ? new WorkspaceHeld(error) : error
  })
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  if (row.isDeleted) throw deletedRefusal(row)
  const { id, schemaName, hasRecordRules, settings } = row
  return { id, schemaName, hasRecordRules, maxObjects: limitOf(settings, 'maxObjects') }
}

/**
 * Runs `work` in a transaction that holds the lock of the workspace. One of each workspace runs at a time: if
 * the lock is held for long, as by an open transaction of psql that has changed its tables, the connections
 * are left to other workspaces.
 */
export const changingWorkspace = <T>(
  connection: Connection,
  workspaceId: string,
  work: (client: ClientBase, workspace: ChangedWorkspace) => Promise<T>,
): Promise<T> =>
  inTransaction(connection, async (client) => work(client, await lockWorkspace(client, workspaceId)), {
    locks: workspaceId,
  })
