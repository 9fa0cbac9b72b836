// Capture as a condition: a workspace that is to be read from now on gets its triggers first.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { Refusal } from '../refusal.ts'
import { lockWorkspace } from '../workspaceLock.ts'

const LOCK_TIMEOUT = '500ms'
/** lock_not_available, deadlock_detected: maintenance may be at the same tables. */
const IN_USE: readonly unknown[] = ['55P03', '40P01']

/** A table is in use, so its trigger cannot be installed now. */
export class CaptureBusy extends Error {
  constructor(cause: Error) {
    super('A table of the workspace is in use, so its changes cannot be captured yet.', { cause })
    this.name = 'CaptureBusy'
  }
}

/**
 * Turns capture on for the workspace, so that it stays on if it is off by default later. Throws CaptureBusy,
 * and a Refusal where the operator turned it off for the workspace.
 */
export const installCapture = async (pool: Pool, workspaceId: string): Promise<void> => {
  try {
    await inTransaction(pool, async (client) => {
      await lockWorkspace(client, workspaceId)
      const { rows } = await client.query<{ own: boolean | null }>(
        `select (settings ->> 'capture')::boolean as own from tenantry.workspaces where id = $1`,
        [workspaceId],
      )
      const own = rows[0]?.own ?? null
      if (own === false)
        throw new Refusal(
          'CONFLICT',
          'The operator has turned the capture of changes off for this workspace.',
        )
      if (own === null)
        await client.query(
          `update tenantry.workspaces set settings = settings || '{"capture": true}', updated_at = now() where id = $1`,
          [workspaceId],
        )
      await client.query(`select pg_catalog.set_config('lock_timeout', $1, true)`, [LOCK_TIMEOUT])
      await client.query('select tenantry.keep_capture($1)', [workspaceId])
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && IN_USE.includes(error.code)) throw new CaptureBusy(error)
    throw error
  }
}
