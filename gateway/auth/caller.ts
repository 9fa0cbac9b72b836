// Authenticates bearer tokens: from an Authorization header to a Caller, or a Problem: 401 for an invalid
// token, 403 for a suspended workspace or an address outside the networks of the key or the role. Caches
// key rows until a notification announces a change of a key, a role or a workspace. Postgres decides what
// the caller may do; limits/ how often. Cookies are handled in session.ts.

import type { Pool } from 'pg'
import type { RequestSource } from '../../tenants/audit/source.ts'
import { findKeyGrant, findKeyGrants, type KeyGrant, markKeysUsed } from '../../tenants/key.ts'
import { limitOf } from '../../tenants/limits.ts'
import type { Impersonator } from '../../tenants/member/impersonator.ts'
import { flagsOf, type PermissionFlag } from '../../tenants/permission/flag.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { type Concerns, createLoadingCache, type IsWatched } from '../cache/loadingCache.ts'
import { Problem } from '../error/problem.ts'
import { workspaceGone } from '../error/workspaceGone.ts'
import { createLastUse } from './lastUse.ts'
import { type Bindings, bindingsBytes, bindingsOf, refuseElsewhere, type SenderAddress } from './networks.ts'
import { createPresentWorkspaces } from './presentWorkspaces.ts'
import type { Claims, KeyClaims, Tokens, Verification } from './token.ts'

export interface Caller {
  readonly workspaceId: string
  /** Id of the rate-limit subject: the API key or the member. */
  readonly callerId: string
  /** Null for a signed-in person. */
  readonly keyId: string | null
  /** Null for an API key. */
  readonly workspaceMemberId: string | null
  /** The operator who acts as the member. */
  readonly impersonator?: Impersonator | undefined
  /** The key's or the member's. */
  readonly name: string
  readonly roleId: string
  readonly roleLabel: string
  /** The Postgres role that the caller's statements run under. */
  readonly pgRole: string
  /** Requests a minute, if the key or its workspace has a limit of its own. */
  readonly rateLimitPerMinute: number | null
  /** Requests a minute of all callers of the workspace together, if it has a limit of its own. */
  readonly workspaceRateLimitPerMinute: number | null
  /** Permission flags of its role. */
  readonly flags: ReadonlySet<PermissionFlag>
  /** Of a request that may change something. */
  readonly source?: RequestSource
}

export type Authenticate = (authorization: string | undefined, sender: SenderAddress) => Promise<Caller>

/** The key's id and token version. */
type KeyReference = Pick<KeyClaims, 'keyId' | 'workspaceId' | 'tokenVersion'>

export interface Authenticator {
  readonly authenticate: Authenticate
  /** What the header's token names; it may not be valid any more. */
  readonly readClaims: (authorization: string | undefined) => Promise<Claims>
  /** The key named in a token, if it is still valid. */
  readonly readKey: (token: string, sender: SenderAddress) => Promise<KeyReference>
  /** The key as a caller, if it is still valid. */
  readonly callerOfKey: (claims: KeyReference, sender: SenderAddress) => Promise<Caller>
  /**
   * @param payload of a notification: `key <id>`, `role <id>` or `workspace <id>`, which a version may
   * follow; others are ignored.
   */
  readonly invalidate: (payload: string) => void
  /** When notifications may have been missed. */
  readonly invalidateAll: () => void
  /** Writes the collected last-use times of keys, and reads keys no more on its own. */
  readonly close: () => Promise<void>
}

interface AuthenticatorOptions {
  /** The owner's pool: requests cannot read the control schema. */
  readonly pool: Pool
  readonly tokens: Tokens
  /** The member named in a token; rejects with a Problem (401, 403). */
  readonly memberOf: (workspaceId: string, memberId: string, sender: SenderAddress) => Promise<Caller>
  readonly isWatched?: IsWatched | undefined
  readonly budget?: CacheBudget | undefined
  /** Called when last-use times could not be written. */
  readonly onError: (error: unknown) => void
  /** In milliseconds since the epoch, for tests. */
  readonly clock?: () => number
}

/** Measured: a grant with its caller, without the workspace's settings. */
export const GRANT_BYTES = 1_700

interface Settled {
  readonly workspaceSettings: Readonly<Record<string, unknown>>
}

/** Each grant has a copy of its workspace's settings. */
export const settingsBytes = (grant: Settled | null): number =>
  grant === null ? 0 : 2 * JSON.stringify(grant.workspaceSettings).length
const REMEMBERED_FOR_MS = 60_000

const TOKEN_MESSAGES: Readonly<Record<Extract<Verification, { failure: string }>['failure'], string>> = {
  NOT_A_TOKEN: 'No payload',
  INVALID: 'Token invalid.',
  EXPIRED: 'Token has expired.',
}

export const unauthenticated = (message: string): Problem => new Problem('UNAUTHENTICATED', message)

/** The caller, with the operator who acts as it. */
export const impersonatedBy = (caller: Caller, impersonator: Impersonator | undefined): Caller =>
  impersonator === undefined ? caller : Object.freeze({ ...caller, impersonator })

export const suspended = (): Problem =>
  new Problem('WORKSPACE_SUSPENDED', 'This workspace is suspended', {
    subCode: 'WORKSPACE_SUSPENDED',
    hint: 'Its data is safe; the operator of this gateway can resume it.',
  })

/** RFC 6750 §2.1; the scheme's name is case-insensitive (RFC 9110 §11.1). */
const tokenOf = (authorization: string | undefined): string => {
  const token = /^bearer +(\S.*)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) throw unauthenticated('Missing authentication token')
  return token.trimEnd()
}

const changedBy = (payload: string): Concerns<Remembered> | null => {
  const [kind, id] = payload.split(' ')
  if (kind === 'key') return (keyId) => keyId === id
  if (kind === 'role') return (_, { grant }) => grant?.roleId === id
  // A deleted workspace may have been restored. Its keys were remembered as missing, without their workspace.
  if (kind === 'workspace') return (_, { grant }) => grant === null || grant.workspaceId === id
  return null
}

/** A key's row and its caller; both null for a missing key. */
interface Remembered {
  readonly grant: KeyGrant | null
  readonly caller: Caller | null
  readonly bindings: Bindings
  /** When a use is worth recording again, in milliseconds. */
  noteAgainMs: number
}

const rememberedOf = (grant: KeyGrant | null): Remembered => {
  if (grant === null || grant.pgRole === null) return { grant, caller: null, bindings: null, noteAgainMs: 0 }
  const { workspaceId, workspaceSettings, id, name, roleId, roleLabel, pgRole } = grant
  return {
    grant,
    caller: Object.freeze({
      workspaceId,
      callerId: id,
      keyId: id,
      workspaceMemberId: null,
      name,
      roleId,
      roleLabel,
      pgRole,
      rateLimitPerMinute:
        grant.rateLimitPerMinute ?? limitOf(workspaceSettings, 'keyRateLimitPerMinute') ?? null,
      workspaceRateLimitPerMinute: limitOf(workspaceSettings, 'rateLimitPerMinute') ?? null,
      flags: flagsOf(grant),
    }),
    bindings: bindingsOf(grant),
    noteAgainMs: 0,
  }
}

const checkedCaller = (
  { grant, caller, bindings }: Remembered,
  claims: KeyReference,
  sender: SenderAddress,
  now: number,
): Caller => {
  if (grant === null || grant.revokedAt !== null || grant.tokenVersion !== claims.tokenVersion)
    throw unauthenticated('This API Key is revoked')
  if (grant.workspaceId !== claims.workspaceId) throw unauthenticated('Token invalid.')
  if (grant.expiresAt.getTime() <= now) throw unauthenticated('This API Key is expired')
  if (grant.workspaceStatus === 'suspended') throw suspended()
  if (caller === null) throw new Problem('FORBIDDEN', 'API key has no role assigned')
  if (bindings !== null) refuseElsewhere(bindings, sender)
  return caller
}

const createKeys = ({
  pool,
  isWatched,
  budget,
  clock,
}: Pick<AuthenticatorOptions, 'pool' | 'isWatched' | 'budget'> & { readonly clock: () => number }) =>
  createLoadingCache<Remembered>({
    load: async (keyId) => rememberedOf(await findKeyGrant(pool, keyId)),
    loadMany: async (keyIds) => {
      const grants = await findKeyGrants(pool, keyIds)
      return (keyId) => rememberedOf(grants.get(keyId) ?? null)
    },
    budget,
    cache: { name: 'keys' },
    bytesOf: ({ grant }) => GRANT_BYTES + settingsBytes(grant) + bindingsBytes(grant),
    maxAgeMs: REMEMBERED_FOR_MS,
    isWatched,
    clock,
  })

export const createAuthenticator = ({
  pool,
  tokens,
  memberOf,
  isWatched,
  budget,
  onError,
  clock = Date.now,
}: AuthenticatorOptions): Authenticator => {
  const keys = createKeys({ pool, isWatched, budget, clock })
  const workspaces = createPresentWorkspaces({ pool, isWatched, budget, clock })
  const lastUse = createLastUse({ write: (keyIds) => markKeysUsed(pool, keyIds), onError, clock })

  const verify = async (token: string): Promise<Claims> => {
    const verification = await tokens.verify(token)
    if ('failure' in verification) throw unauthenticated(TOKEN_MESSAGES[verification.failure])
    return verification.claims
  }
  const callerOfKey = async (claims: KeyReference, sender: SenderAddress): Promise<Caller> => {
    const remembered = await keys.get(claims.keyId)
    if (remembered.grant === null && !(await workspaces.has(claims.workspaceId))) throw workspaceGone()
    const now = clock()
    const caller = checkedCaller(remembered, claims, sender, now)
    if (now >= remembered.noteAgainMs) remembered.noteAgainMs = lastUse.note(claims.keyId)
    return caller
  }

  const invalidate = (payload: string): void => {
    const isChanged = changedBy(payload)
    if (isChanged !== null) keys.forget(isChanged)
    workspaces.invalidate(payload)
  }

  return Object.freeze({
    readClaims: async (authorization: string | undefined) => verify(tokenOf(authorization)),
    authenticate: async (authorization: string | undefined, sender: SenderAddress) => {
      const claims = await verify(tokenOf(authorization))
      return claims.kind === 'key'
        ? callerOfKey(claims, sender)
        : memberOf(claims.workspaceId, claims.workspaceMemberId, sender)
    },
    readKey: async (token: string, sender: SenderAddress) => {
      const claims = await verify(token)
      if (claims.kind !== 'key') throw unauthenticated('Not an API key.')
      await callerOfKey(claims, sender)
      return claims
    },
    callerOfKey,
    invalidate,
    invalidateAll: () => {
      keys.forgetAll()
      workspaces.invalidateAll()
    },
    close: () => {
      keys.close()
      return lastUse.close()
    },
  })
}
