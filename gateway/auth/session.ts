// Authenticates session cookies: from a request to its session, and the Caller or operator who holds it, or a
// Problem: 401 for an expired session, 403 for a possible forgery. Caches rows until a notification announces
// the end of a session or an operator's key; the keys and members behind sessions are checked on every
// request.

import type { Pool } from 'pg'
import {
  type ConsoleSession,
  findSession,
  markSessionsSeen,
  type SessionHolder,
} from '../../tenants/member/session.ts'
import { hashOfSecret } from '../../tenants/operator.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { type Concerns, createLoadingCache, type IsWatched } from '../cache/loadingCache.ts'
import type { Context } from '../http/context.ts'
import { type Authenticator, type Caller, impersonatedBy, unauthenticated } from './caller.ts'
import { readCookie } from './cookie.ts'
import { refuseForeignPage, refuseForgery } from './forgery.ts'
import { createLastUse } from './lastUse.ts'
import type { MemberCallers } from './members.ts'
import { refuseOperatorElsewhere, type SenderAddress } from './networks.ts'

export interface Sessions {
  /**
   * The session of the request's cookie; null without a cookie. Rejects with 401 if it has expired, 403 for a
   * forgery.
   */
  readonly of: (ctx: Context) => Promise<ConsoleSession | null>
  /**
   * The caller of the request's session; 401 for an operator's session, which gives no access to workspaces.
   */
  readonly callerFor: (ctx: Context) => Promise<Caller | null>
  /** The caller of a session by the hash of its secret (base64); 401 if it has expired. */
  readonly callerOfHash: (hash: string, sender: SenderAddress) => Promise<Caller>
  /**
   * @param payload of a notification: `session <id>`, `operator <id>` or `workspace <id> <version>`; others
   * are ignored.
   */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
  /** Writes the collected last-use times of sessions. */
  readonly close: () => Promise<void>
}

interface SessionsOptions {
  readonly pool: Pool
  readonly keys: Pick<Authenticator, 'callerOfKey'>
  readonly members: MemberCallers
  /** Public address, if known. */
  readonly publicUrl: string | null
  readonly isWatched?: IsWatched | undefined
  readonly budget?: CacheBudget | undefined
  /** Called when last-use times could not be written. */
  readonly onError: (error: unknown) => void
  /** In milliseconds since the epoch, for tests. */
  readonly clock?: () => number
}

/** The key of a session's cache entry. */
export const sessionHashOf = (secret: string): string => hashOfSecret(secret).toString('base64')

const SESSION_BYTES = 1_500
const REMEMBERED_FOR_MS = 60_000

type Remembered = ConsoleSession | null

const impersonatorOf = (session: Remembered) =>
  session?.holder.kind === 'member' ? session.holder.impersonator : undefined

const operatorKeyOf = (session: Remembered): string | null | undefined =>
  session?.holder.kind === 'operator' ? session.holder.operatorKeyId : impersonatorOf(session)?.operatorKeyId

const workspaceOf = (session: Remembered): string | null =>
  session === null || session.holder.kind === 'operator' ? null : session.holder.workspaceId

const changedBy = (payload: string): Concerns<Remembered> | null => {
  const [kind, id] = payload.split(' ')
  if (kind === 'session') return (_, session) => session?.id === id
  if (kind === 'operator') return (_, session) => operatorKeyOf(session) === id
  // The setting allowImpersonation may have changed.
  if (kind === 'workspace')
    return (_, session) => impersonatorOf(session) !== undefined && workspaceOf(session) === id
  return null
}

/**
 * The caller behind a session; null for an operator. An operator who acts as a member is not bound to the
 * networks of the member's role, but to those of the operator's key: the workspace allows or ends
 * impersonation as a whole.
 */
export const callerOfSession = async (
  { keys, members }: Pick<SessionsOptions, 'keys' | 'members'>,
  holder: SessionHolder,
  sender: SenderAddress,
): Promise<Caller | null> => {
  if (holder.kind === 'operator') {
    refuseOperatorElsewhere(holder, sender)
    return null
  }
  if (holder.kind === 'key') return keys.callerOfKey(holder, sender)
  const { workspaceId, workspaceMemberId, impersonator } = holder
  if (impersonator !== undefined) refuseOperatorElsewhere(impersonator, sender)
  const bound = impersonator === undefined ? sender : null
  return impersonatedBy(await members.of(workspaceId, workspaceMemberId, bound), impersonator)
}

export const createSessions = (options: SessionsOptions): Sessions => {
  const { pool, publicUrl, isWatched, onError, budget, clock = Date.now } = options
  const sessions = createLoadingCache<Remembered>({
    load: (hash) => findSession(pool, Buffer.from(hash, 'base64')),
    budget,
    cache: { name: 'sessions' },
    bytesOf: () => SESSION_BYTES,
    maxAgeMs: REMEMBERED_FOR_MS,
    isWatched,
    clock,
  })
  const lastUse = createLastUse({ write: (ids) => markSessionsSeen(pool, ids), onError, clock })

  const current = async (hash: string): Promise<ConsoleSession> => {
    const session = await sessions.get(hash)
    if (session === null || session.expiresAt.getTime() <= clock())
      throw unauthenticated('Session expired. Sign in again.')
    return session
  }

  const of: Sessions['of'] = async (ctx) => {
    const secret = readCookie(ctx.req.headers.cookie)
    if (secret === null) return null
    refuseForeignPage(ctx, publicUrl)
    const session = await current(sessionHashOf(secret))
    refuseForgery(ctx, secret)
    lastUse.note(session.id)
    return session
  }

  const callerOf = async ({ holder }: ConsoleSession, sender: SenderAddress): Promise<Caller> => {
    const caller = await callerOfSession(options, holder, sender)
    if (caller !== null) return caller
    throw unauthenticated('Operators do not belong to a workspace. Sign in with an API key or as a member.')
  }

  return Object.freeze({
    of,
    callerFor: async (ctx: Context) => {
      const session = await of(ctx)
      return session === null ? null : callerOf(session, ctx)
    },
    callerOfHash: async (hash: string, sender: SenderAddress) => callerOf(await current(hash), sender),
    invalidate: (payload: string): void => {
      const isChanged = changedBy(payload)
      if (isChanged !== null) sessions.forget(isChanged)
    },
    invalidateAll: sessions.forgetAll,
    close: lastUse.close,
  })
}
