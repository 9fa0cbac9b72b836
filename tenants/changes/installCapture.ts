// Capture as a condition: a workspace that is to be read from now on gets its triggers first.

import type { Pool } from 'pg'
import { Refusal } from '../refusal.ts'
import { changingWorkspace } from '../workspaceLock.ts'
import { settleWorkspace } from './settle.ts'

/** A table is in use, so its triggers cannot be installed now. */
export class CaptureBusy extends Error {
  constructor() {
    super('A table of the workspace is in use, so its changes cannot be captured yet.')
    this.name = 'CaptureBusy'
  }
}

/**
 * Turns capture on for the workspace, so that it stays on if it is off by default later. Throws CaptureBusy
 * while a table is in use, and a Refusal where the operator turned it off for the workspace.
 */
export const installCapture = async (pool: Pool, workspaceId: string): Promise<void> => {
  const { rows } = await pool.query<{ captures: boolean | null }>(
    `select (settings ->> 'capture')::boolean as captures from tenantry.workspaces where id = $1`,
    [workspaceId],
  )
  const [workspace] = rows
  if (workspace === undefined) throw new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  if (workspace.captures === null)
    await changingWorkspace(pool, workspaceId, (client) =>
      client.query(
        `update tenantry.workspaces set settings = settings || '{"capture": true}', updated_at = now()
         where id = $1 and not settings ? 'capture'`,
        [workspaceId],
      ),
    )
  if (workspace.captures === false)
    throw new Refusal('CONFLICT', 'The operator has turned the capture of changes off for this workspace.')
  const { waiting } = await settleWorkspace(pool, workspaceId)
  if (waiting.length > 0) throw new CaptureBusy()
}
