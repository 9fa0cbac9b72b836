// The demo of a first start: a workspace "Demo" with records, an API key, and a sign-in link for its
// administrator. Only in a database that never had a workspace. Neither secret is stored. Several gateways
// that start together on one database create one demo.

import type { Pool } from 'pg'
import { insertDemo } from '../../tenants/demo.ts'
import { createKey } from '../../tenants/key.ts'
import { listMembers, updateWorkspaceMemberRole } from '../../tenants/member/member.ts'
import { createSignInLink } from '../../tenants/member/signIn.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace, listWorkspaces, type Workspace } from '../../tenants/workspace.ts'
import type { Tokens } from '../auth/token.ts'

export interface FirstStart {
  readonly token: string
  /** Signs the first member in, once. */
  readonly signInSecret: string
  readonly workspaceName: string
  readonly records: number
}

const KEY_LIFETIME_DAYS = 365
const DAY_MS = 86_400_000
const LINK_LIFETIME_MINUTES = 24 * 60
/** Key of the advisory lock for creating the demo: "demo" in ASCII. */
const LOCK = 0x64656d6f

/** A database that never had a workspace or a signed key. */
export const isUntouched = async (pool: Pool): Promise<boolean> => {
  const { rows } = await pool.query<{ is_untouched: boolean }>(
    `select not exists (select from tenantry.workspaces) and not exists (select from tenantry.signing_keys)
       as is_untouched`,
  )
  return rows[0]?.is_untouched === true
}

/** @returns the secret of a sign-in link for the first member, who becomes an administrator. */
const inviteAdmin = async (
  pool: Pool,
  { id, schemaName }: Workspace,
  adminRoleId: string,
): Promise<string> => {
  const [member] = await listMembers(pool, schemaName)
  if (member === undefined) throw new Error('The demo has no members.')
  await updateWorkspaceMemberRole(pool, id, member.id, adminRoleId)
  return (await createSignInLink(pool, id, member.id, LINK_LIFETIME_MINUTES)).secret
}

const make = async (pool: Pool, tokens: Tokens, now: Date): Promise<FirstStart> => {
  const workspace = await createWorkspace(pool, { name: 'Demo', subdomain: 'demo' })
  const records = await insertDemo(pool, workspace.id, { now })
  const role = await findRole(pool, workspace.id, 'Admin')
  const expiresAt = new Date(now.getTime() + KEY_LIFETIME_DAYS * DAY_MS)
  const key = await createKey(pool, { workspaceId: workspace.id, roleId: role.id, name: 'Admin', expiresAt })
  const token = await tokens.issue({
    keyId: key.id,
    workspaceId: workspace.id,
    tokenVersion: key.tokenVersion,
    expiresAt,
  })
  const signInSecret = await inviteAdmin(pool, workspace, role.id)
  return { token, signInSecret, workspaceName: workspace.name, records }
}

/** Creates the demo; null if another gateway was faster. */
export const makeDemo = async (pool: Pool, tokens: Tokens, now: Date): Promise<FirstStart | null> => {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    return (await listWorkspaces(pool, { limit: 1 })).totalCount > 0 ? null : await make(pool, tokens, now)
  } finally {
    // The lock ends with its session.
    client.release(true)
  }
}
