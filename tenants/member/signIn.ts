// Links by which a member signs in without a password: a secret that works once and for a short time, of
// which only the hash is stored.

import type { Pool } from 'pg'
import { type Connection, inTransaction } from '../../sql/ownerPool.ts'
import { hashOfSecret, newSecret } from '../operator.ts'
import { lockWorkspace } from '../workspaceLock.ts'
import { checkMember } from './member.ts'

const DEFAULT_LIFETIME_MINUTES = 10

export interface SignInLink {
  readonly secret: string
  readonly expiresAt: Date
}

export const createSignInLink = (
  connection: Connection,
  workspaceId: string,
  memberId: string,
  lifetimeMinutes = DEFAULT_LIFETIME_MINUTES,
): Promise<SignInLink> =>
  inTransaction(connection, async (client) => {
    const { schemaName } = await lockWorkspace(client, workspaceId)
    await checkMember(client, schemaName, memberId)
    const secret = newSecret('tenantry_sign_in_')
    await client.query(`delete from tenantry.sign_in_links where workspace_id = $1 and expires_at < now()`, [
      workspaceId,
    ])
    const { rows } = await client.query<{ expiresAt: Date }>(
      `insert into tenantry.sign_in_links (workspace_id, workspace_member_id, secret_hash, expires_at)
       values ($1, $2, $3, now() + interval '1 minute' * $4) returning expires_at as "expiresAt"`,
      [workspaceId, memberId, hashOfSecret(secret), lifetimeMinutes],
    )
    const [row] = rows
    if (row === undefined) throw new Error('A sign-in link was inserted but not returned.')
    return { secret, expiresAt: row.expiresAt }
  })

interface SignedIn {
  readonly workspaceId: string
  readonly workspaceMemberId: string
}

/** The member that the link signs in, once; null for a link that is used, expired or unknown. */
export const redeemSignInLink = async (pool: Pool, secret: string): Promise<SignedIn | null> => {
  const { rows } = await pool.query<SignedIn>(
    `update tenantry.sign_in_links l set used_at = now()
     from tenantry.workspaces w
     where w.id = l.workspace_id and w.status = 'active'
       and l.secret_hash = $1 and l.used_at is null and l.expires_at > now()
     returning l.workspace_id as "workspaceId", l.workspace_member_id as "workspaceMemberId"`,
    [hashOfSecret(secret)],
  )
  return rows[0] ?? null
}
