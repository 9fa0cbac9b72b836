// A workspace with a key, an authenticator over it and a clock that tests turn.

import type { Pool } from 'pg'
import { createAuthenticator } from '../../gateway/auth/caller.ts'
import { createKeyring } from '../../gateway/auth/keyring.ts'
import { createMemberCallers } from '../../gateway/auth/members.ts'
import { openSigningKeys } from '../../gateway/auth/signing.ts'
import { createTokens } from '../../gateway/auth/token.ts'
import { createKey } from '../../tenants/key.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { SECRET_KEY } from '../support/environment.ts'

export const DAY_MS = 86_400_000
/** The sender of a request. */
export const HERE = { ip: '127.0.0.1' }

export const createClock = (startMs = Date.now()) => {
  let nowMs = startMs
  return {
    now: () => nowMs,
    pass: (ms: number): void => {
      nowMs += ms
    },
  }
}

export const openAuthentication = async (pool: Pool) => {
  const clock = createClock()
  const tokens = createTokens(await openSigningKeys(pool, createKeyring(SECRET_KEY), clock.now), clock.now)
  const errors: unknown[] = []
  const members = createMemberCallers({ pool, rateLimitPerMinute: 600, clock: clock.now })
  const authenticator = createAuthenticator({
    pool,
    tokens,
    memberOf: members.of,
    onError: (error) => errors.push(error),
    clock: clock.now,
  })
  const issue = async (
    workspaceId: string,
    {
      label = 'Admin',
      days = 30,
      tokenDays = days,
    }: { label?: string; days?: number; tokenDays?: number } = {},
  ) => {
    const role = await findRole(pool, workspaceId, label)
    const now = new Date(clock.now())
    const expiry = new Date(clock.now() + days * DAY_MS)
    const wanted = { workspaceId, roleId: role.id, name: `${label} "key"`, expiresAt: expiry }
    const key = await createKey(pool, wanted, undefined, now)
    const expiresAt = new Date(clock.now() + tokenDays * DAY_MS)
    const token = await tokens.issue({
      keyId: key.id,
      workspaceId,
      tokenVersion: key.tokenVersion,
      expiresAt,
    })
    return { key, token, header: `Bearer ${token}` }
  }
  const newWorkspace = () => createWorkspace(pool, { name: `O'Brien "x"`, standardObjects: false })
  return { clock, tokens, errors, authenticator, issue, newWorkspace }
}
