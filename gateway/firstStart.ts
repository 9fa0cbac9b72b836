// What a stranger finds after the first start: a workspace "Demo" with records to look at, and a key that opens it. In: a
// database in which no workspace was ever made; out: the key's token, which is not kept. Several gateways that start
// together on one database make one demo.

import type { Pool } from 'pg'
import { insertDemo } from '../tenants/demo.ts'
import { createKey } from '../tenants/key.ts'
import { findRole } from '../tenants/role.ts'
import { createWorkspace, listWorkspaces } from '../tenants/workspace.ts'
import type { Tokens } from './auth/token.ts'

export interface FirstStart {
  readonly token: string
  readonly workspaceName: string
  readonly records: number
}

const KEY_LIFETIME_DAYS = 365
const DAY_MS = 86_400_000
/** Key of the advisory lock under which one gateway makes the demo: "demo" in ASCII. */
const LOCK = 0x64656d6f

/** A database where no workspace was made and no key was ever signed. */
export const isUntouched = async (pool: Pool): Promise<boolean> => {
  const { rows } = await pool.query<{ is_untouched: boolean }>(
    `select not exists (select from tenantry.workspaces) and not exists (select from tenantry.signing_keys)
       as is_untouched`,
  )
  return rows[0]?.is_untouched === true
}

const make = async (pool: Pool, tokens: Tokens, now: Date): Promise<FirstStart> => {
  const workspace = await createWorkspace(pool, { name: 'Demo', subdomain: 'demo' })
  const records = await insertDemo(pool, workspace.id, { now })
  const role = await findRole(pool, workspace.id, 'Admin')
  const expiresAt = new Date(now.getTime() + KEY_LIFETIME_DAYS * DAY_MS)
  const key = await createKey(pool, { workspaceId: workspace.id, roleId: role.id, name: 'Admin', expiresAt })
  const token = await tokens.mint({
    keyId: key.id,
    workspaceId: workspace.id,
    tokenVersion: key.tokenVersion,
    expiresAt,
  })
  return { token, workspaceName: workspace.name, records }
}

/** Makes the demo; null when another gateway was faster. */
export const makeDemo = async (pool: Pool, tokens: Tokens, now: Date): Promise<FirstStart | null> => {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    return (await listWorkspaces(pool)).length > 0 ? null : await make(pool, tokens, now)
  } finally {
    // The lock ends with its session.
    client.release(true)
  }
}
