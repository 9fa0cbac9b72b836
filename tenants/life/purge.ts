// Purges deleted workspaces: removes the schema, the Postgres roles and all rows, in transactions that hold
// few locks. Each begins with what is left, so a purge that was interrupted goes on, and two at once share
// the work. The change feed and the history of records follow (changes/capture.ts, purgeFeed).

import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase, Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { APPLYING } from '../changeModel.ts'
import { isHeld } from '../model/change/run/alterRefusal.ts'
import { BRIEFLY } from '../model/change/run/lockTimeout.ts'
import { dropPgRole, listPgRoles } from '../permission/pgRole.ts'
import { Refusal } from '../refusal.ts'
import { beginDuePurge, beginPurge } from './deletion.ts'
import { dropBatch } from './dropBatch.ts'

interface PurgeProgress {
  readonly isDone: boolean
  /** Postgres roles that hold privileges elsewhere and were therefore kept. */
  readonly keptPgRoles: readonly string[]
}

/** One transaction of a purge. @returns whether there is more of the same to do */
type PurgeStep = (client: ClientBase, workspaceId: string, schemaName: string) => Promise<boolean>

const BATCH_ROLES = 100
const BATCH_ROWS = 10_000

const dropObjects: PurgeStep = async (client, _, schemaName) => {
  if ((await dropBatch(client, schemaName)) > 0) return true
  await client.query(`drop schema if exists ${quoteIdentifier(schemaName)} cascade`)
  return false
}

const dropRoles =
  (kept: string[]): PurgeStep =>
  async (client, workspaceId) => {
    const pgRoles = (await listPgRoles(client, workspaceId)).slice(0, BATCH_ROLES)
    for (const pgRole of pgRoles) if (!(await dropPgRole(client, pgRole))) kept.push(pgRole)
    await client.query('update tenantry.roles set pg_role = null where pg_role = any ($1)', [pgRoles])
    return pgRoles.length === BATCH_ROLES
  }

const deleteRows: PurgeStep = async (client, workspaceId) => {
  const { rowCount } = await client.query(
    `delete from tenantry_request.idempotency_keys where ctid = any (array(
       select k.ctid from tenantry_request.idempotency_keys k where k.workspace_id = $1 limit ${BATCH_ROWS}))`,
    [workspaceId],
  )
  if (rowCount === BATCH_ROWS) return true
  await client.query('insert into tenantry_runtime.purges (workspace_id) values ($1)', [workspaceId])
  await client.query('delete from tenantry.workspaces where id = $1', [workspaceId])
  return false
}

/** @returns whether there is more to do; null once the workspace is gone, or restored */
const runStep = (pool: Pool, workspaceId: string, step: PurgeStep): Promise<boolean | null> =>
  inTransaction(
    pool,
    async (client) => {
      await client.query(`${APPLYING}; ${BRIEFLY}`)
      const { rows } = await client.query<{ schemaName: string }>(
        `select schema_name as "schemaName" from tenantry.workspaces
         where id = $1 and purge_began_at is not null for no key update`,
        [workspaceId],
      )
      const [row] = rows
      return row === undefined ? null : step(client, workspaceId, row.schemaName)
    },
    { changes: workspaceId },
  )

/**
 * Goes on with a purge that has begun. Throws the error of Postgres where a table is in use.
 * @param isEnding checked between transactions
 */
const purge = async (pool: Pool, workspaceId: string, isEnding: () => boolean): Promise<PurgeProgress> => {
  const keptPgRoles: string[] = []
  for (const step of [dropObjects, dropRoles(keptPgRoles), deleteRows])
    for (let hasMore: boolean | null = true; hasMore === true; ) {
      if (isEnding()) return { isDone: false, keptPgRoles }
      hasMore = await runStep(pool, workspaceId, step)
      if (hasMore === null) return { isDone: true, keptPgRoles }
    }
  return { isDone: true, keptPgRoles }
}

const ATTEMPTS = 20
const PAUSE_MS = 250

/** The same, waiting for tables in use; what is in use for long is left to maintenance. */
export const finishPurge = async (pool: Pool, workspaceId: string): Promise<readonly string[]> => {
  for (let attempt = 1; ; attempt += 1)
    try {
      return (await purge(pool, workspaceId, () => false)).keptPgRoles
    } catch (error) {
      if (!isHeld(error)) throw error
      if (attempt === ATTEMPTS)
        throw new Refusal('CONFLICT', 'A table of the deleted workspace is in use.', {
          hint: 'The workspace is deleted and can no longer be restored. Maintenance continues the purge every ten minutes.',
          cause: error,
        })
      await sleep(PAUSE_MS)
    }
}

interface DroppedWorkspace {
  /** Postgres roles that hold privileges elsewhere and were therefore kept. */
  readonly keptPgRoles: readonly string[]
}

/** Deletes schema, roles, keys and row, with everything in the schema, regardless of the owner. */
export const dropWorkspace = async (pool: Pool, workspaceId: string): Promise<DroppedWorkspace> => {
  await beginPurge(pool, workspaceId)
  return { keptPgRoles: await finishPurge(pool, workspaceId) }
}

interface PurgedWorkspace extends DroppedWorkspace {
  readonly workspaceId: string
  /** False: a table is in use, or time is up; it goes on at the next call. */
  readonly isDone: boolean
}

const DUE_SQL = `select id from tenantry.workspaces
  where deleted_at is not null and (purge_began_at is not null or purge_after <= $1) order by purge_after, id`

/** Purges workspaces whose grace period is over, and goes on with the ones that were interrupted. */
export const purgeDeleted = async (
  pool: Pool,
  { now, isEnding }: { readonly now: Date; readonly isEnding: () => boolean },
): Promise<readonly PurgedWorkspace[]> => {
  const { rows } = await pool.query<{ id: string }>(DUE_SQL, [now])
  const purged: PurgedWorkspace[] = []
  for (const { id: workspaceId } of rows) {
    if (isEnding()) break
    // Restored meanwhile.
    if (!(await beginDuePurge(pool, workspaceId, now))) continue
    try {
      purged.push({ workspaceId, ...(await purge(pool, workspaceId, isEnding)) })
    } catch (error) {
      if (!isHeld(error)) throw error
      purged.push({ workspaceId, isDone: false, keptPgRoles: [] })
    }
  }
  return purged
}
