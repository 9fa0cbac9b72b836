// The workspaces to measure, each with a key and so with a Postgres role of its own. Those of an earlier run
// in the same data directory are used again, so that a run that was stopped continues.

import type { Pool } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { inParallel } from '../inParallel.ts'
import { createToken, type Issue, KEY_NAME } from '../key.ts'

/** Created one at a time at the end. */
export const SAMPLE = 200
/** A record of each workspace. */
export const COMPANY = '0192a6ce-30a1-706e-8166-d6fa6c6a00bb'
const AT_ONCE = 4
const PREFIX = 'Bench '

interface CreateOptions {
  readonly pool: Pool
  readonly workspaces: number
  readonly issue: Issue
}

interface Created {
  /** One of each workspace. */
  readonly tokens: readonly string[]
  /** Milliseconds of the last creations, one at a time. */
  readonly times: readonly number[]
  /** Found, instead of created. */
  readonly found: number
}

interface KeyRow {
  readonly keyId: string
  readonly workspaceId: string
  readonly tokenVersion: number
  readonly expiresAt: Date
}

const findTokens = async ({ pool, issue }: CreateOptions): Promise<string[]> => {
  const { rows } = await pool.query<KeyRow>(
    `update tenantry.api_keys k set expires_at = now() + interval '1 day' from tenantry.workspaces w
     where w.id = k.workspace_id and starts_with(w.name, $1) and k.name = $2
     returning k.id as "keyId", w.id as "workspaceId", k.token_version as "tokenVersion",
       k.expires_at as "expiresAt"`,
    [PREFIX, KEY_NAME],
  )
  return Promise.all(rows.map((row) => issue(row)))
}

export const createAll = async (options: CreateOptions): Promise<Created> => {
  const { pool, workspaces, issue } = options
  const tokens = (await findTokens(options)).slice(0, workspaces)
  const found = tokens.length
  const times: number[] = []
  const create = async (index: number): Promise<void> => {
    const startMs = performance.now()
    const { id, schemaName } = await createWorkspace(pool, { name: `${PREFIX}${index}` })
    times[index] = performance.now() - startMs
    await pool.query(`insert into ${quoteIdentifier(schemaName)}.company (id, name) values ($1, 'Acme')`, [
      COMPANY,
    ])
    tokens[index] = await createToken(pool, issue, id)
    if (index > 0 && index % 1_000 === 0) console.error(`${index} created`)
  }
  const alone = Math.max(found, workspaces - SAMPLE)
  await inParallel(alone - found, (index) => create(found + index), AT_ONCE)
  for (let index = alone; index < workspaces; index += 1) await create(index)
  return { tokens, times: times.slice(alone), found }
}
