// Runs somebody's SQL script inside a workspace's schema, so that its tables become objects of the API. In: a workspace and a
// script of plain statements (no psql commands); out: nothing, but the workspace's roles may use what the script made and
// the gateways know of it. The script is trusted as its operator is: it runs with the owner's rights.

import type { ClientBase, Pool } from 'pg'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { APPLYING, changeModel } from './change.ts'
import { applyWorkspace } from './permission/apply.ts'
import { Refusal } from './refusal.ts'

const transactionId = async (client: ClientBase): Promise<string | null> => {
  const { rows } = await client.query<{ id: string | null }>(
    'select pg_current_xact_id_if_assigned()::text as id',
  )
  return rows[0]?.id ?? null
}

/** The line of the script that an error's position points at, or nothing. */
const lineOf = (error: Error, script: string): string => {
  const position = 'position' in error ? Number(error.position) : Number.NaN
  // Postgres counts characters, not UTF-16 units.
  return position > 0
    ? ` (line ${[...script].slice(0, position - 1).filter((char) => char === '\n').length + 1})`
    : ''
}

const runScript = async (client: ClientBase, script: string): Promise<void> => {
  try {
    await client.query(script)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new Refusal('INVALID_INPUT', `The script fails${lineOf(error, script)}: ${error.message}`, {
      hint: 'Nothing of it was kept. It must consist of plain SQL statements; psql commands such as \\copy are not among them.',
      cause: error,
    })
  }
}

export const adoptSql = async (pool: Pool, workspaceId: string, script: string): Promise<void> => {
  const isWhole = await changeModel(pool, workspaceId, async (client, { schemaName }) => {
    await client.query(`set local search_path to ${quoteIdentifier(schemaName)}`)
    const before = await transactionId(client)
    await runScript(client, script)
    const after = await transactionId(client)
    // Dumps change settings of the session, which other work will use after us.
    await client.query(`reset session authorization; reset all; ${APPLYING}`)
    await applyWorkspace(client, workspaceId)
    return after === before
  })
  if (!isWhole)
    throw new Refusal(
      'INVALID_INPUT',
      'The script ended its transaction itself, so what it did before and after was kept.',
      {
        hint: 'Check what is there. Without COMMIT and ROLLBACK a script is kept whole or not at all.',
      },
    )
}
