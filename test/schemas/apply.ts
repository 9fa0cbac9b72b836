// Runs the statements of a step inside a workspace. What Postgres refuses is rolled back by itself.

import type { Pool } from 'pg'
import { runInOrder } from '../../sql/citus.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { changeModel } from '../../tenants/changeModel.ts'
import { applyWorkspace } from '../../tenants/permission/apply.ts'

/** @returns the statements that Postgres took */
export const applyStatements = (
  pool: Pool,
  workspaceId: string,
  statements: readonly string[],
): Promise<readonly string[]> =>
  changeModel(pool, workspaceId, async (client, { schemaName }) => {
    const schema = quoteIdentifier(schemaName)
    await client.query(`set local search_path to ${schema}; set local check_function_bodies to off`)
    const taken: string[] = []
    for (const statement of statements) {
      const text = statement.replaceAll('{schema}', schema)
      try {
        await runInOrder(client, ['savepoint step', text, 'release step'])
        taken.push(text)
      } catch {
        await client.query('rollback to step')
      }
    }
    await client.query('set local search_path to default')
    await applyWorkspace(client, workspaceId)
    return taken
  })
