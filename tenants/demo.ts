// Fills a workspace that has the standard objects with a few hundred lifelike, related records, for
// demonstrations and tests. The rows are the same for the same seed and current time. The ids differ between
// workspaces, so that a record shown in the wrong one would be noticed.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace, quoteIdentifier } from '../sql/placeholder.ts'
import { createRandom, type Random, seedOf } from './demo/random.ts'
import { demoRows, type TableRows } from './demo/rows.ts'
import { changingWorkspace } from './workspaceLock.ts'

interface DemoOptions {
  readonly now: Date
  readonly seed?: number
}

/** One statement per table; rows may omit columns. */
const insertSql = ({ table, rows }: TableRows): string => {
  const columns = [...new Set(rows.flatMap(Object.keys))].map(quoteIdentifier).join(', ')
  const target = inWorkspace(table)
  return `insert into ${target} (${columns})
    select ${columns} from jsonb_populate_recordset(null::${target}, $1::jsonb)`
}

/** Draws ids from one seed and everything else from another. */
const withIdsOf = (workspaceId: string, seed: number): Random => ({
  ...createRandom(seed),
  uuid: createRandom(seedOf(`${workspaceId} ${seed}`)).uuid,
})

/** @returns the number of records created. */
export const insertDemo = (
  pool: Pool,
  workspaceId: string,
  { now, seed = 1 }: DemoOptions,
): Promise<number> =>
  changingWorkspace(pool, workspaceId, async (client, { schemaName }) => {
    let count = 0
    for (const tableRows of demoRows(withIdsOf(workspaceId, seed), now)) {
      await client.query(bindSchema(insertSql(tableRows), schemaName), [JSON.stringify(tableRows.rows)])
      count += tableRows.rows.length
    }
    return count
  })
