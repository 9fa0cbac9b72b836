// Keys of workspaces, and their tokens.

import type { Pool } from 'pg'
import type { Tokens } from '../gateway/auth/token.ts'
import { createKey } from '../tenants/key.ts'
import { findRole } from '../tenants/permission/role.ts'

const DAY_MS = 86_400_000
export const KEY_NAME = 'bench'

/** Signs a token. */
export type Issue = Tokens['issue']

/** The token of a new key, valid for a day. @param roleId default: the administrators' role */
export const createToken = async (
  pool: Pool,
  issue: Issue,
  workspaceId: string,
  roleId?: string,
): Promise<string> => {
  const expiresAt = new Date(Date.now() + DAY_MS)
  const role = roleId ?? (await findRole(pool, workspaceId, 'Admin')).id
  const key = await createKey(pool, { workspaceId, roleId: role, name: KEY_NAME, expiresAt })
  return issue({ keyId: key.id, workspaceId, tokenVersion: key.tokenVersion, expiresAt })
}
