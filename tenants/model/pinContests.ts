// Records the contested names of one workspace in comments, so that they stay when tables or fields are added
// or dropped and when the schema is dumped and restored. Returns how many were recorded, and the comments
// that Postgres refuses (on tables of another owner).

import type { ClientBase, Pool } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { changeModel } from '../changeModel.ts'
import { BRIEFLY } from './change/run/lockTimeout.ts'
import { patiently } from './change/run/patiently.ts'
import { pinKey, pinStatements } from './pin.ts'
import { deriveInSteps } from './read/derive.ts'
import { createSlices, runInSlices } from './read/slices.ts'
import { readSources } from './read/sources.ts'

interface PinnedNames {
  readonly pinned: number
  readonly errors: readonly unknown[]
}

const SAVEPOINT = quoteIdentifier('tenantry_pin')

/**
 * Writes one comment.
 * @returns the error of Postgres, or null
 */
const write = async (client: ClientBase, statement: string): Promise<unknown> => {
  await client.query(`savepoint ${SAVEPOINT}`)
  try {
    await client.query(`${statement}; release savepoint ${SAVEPOINT}`)
    return null
  } catch (error) {
    await client.query(`rollback to savepoint ${SAVEPOINT}`)
    const isDenied = error instanceof Error && 'code' in error && error.code === '42501'
    if (isDenied) return error
    throw error
  }
}

/** Columns after which a slice ends. Measured: 25 µs each. */
const MAX_COLUMNS_PER_SLICE = 300

const pinOnce = (pool: Pool, workspaceId: string): Promise<PinnedNames> =>
  changeModel(pool, workspaceId, async (client) => {
    const { catalog, registry, hasStandardObjects } = await readSources(client, workspaceId)
    const { unpinned } = await runInSlices(
      deriveInSteps(catalog, { standard: hasStandardObjects, registry }),
      createSlices({ maxUnits: MAX_COLUMNS_PER_SLICE }),
    )
    const statements = pinStatements(catalog, new Map(unpinned.map((pin) => [pinKey(pin), pin])))
    await client.query(BRIEFLY)
    const errors: unknown[] = []
    for (const statement of statements) {
      const error = await write(client, statement)
      if (error !== null) errors.push(error)
    }
    return { pinned: statements.length - errors.length, errors }
  })

export const pinContests = (pool: Pool, workspaceId: string): Promise<PinnedNames> =>
  patiently(() => pinOnce(pool, workspaceId))
