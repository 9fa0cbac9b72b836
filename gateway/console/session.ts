// Signing in and out of the console, at /console/session: exchanges the secret of a sign-in link, an API key
// or an operator's key for a session cookie, and describes the session to the page. Every sign-in creates a
// new secret and ends the browser's previous session, which prevents session fixation.

import type { Pool } from 'pg'
import {
  type ConsoleSession,
  createSession,
  csrfTokenOf,
  endSession,
  IDLE_SECONDS,
  LONGEST_SECONDS,
  type SessionHolder,
} from '../../tenants/member/session.ts'
import { redeemSignInLink } from '../../tenants/member/signIn.ts'
import { findOperator } from '../../tenants/operator.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import { type Authenticator, type Caller, unauthenticated } from '../auth/caller.ts'
import { cookieOf, noCookie, readCookie } from '../auth/cookie.ts'
import { countingFailures } from '../auth/failures.ts'
import { refuseForeignPage } from '../auth/forgery.ts'
import type { MemberCallers } from '../auth/members.ts'
import type { Sessions } from '../auth/session.ts'
import { Problem } from '../error/problem.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context, PublicHandler } from '../http/context.ts'
import type { Throttle } from '../limits/throttle.ts'

export interface SessionRouteOptions {
  readonly pool: Pool
  readonly readJson: ReadJson
  readonly throttle: Pick<Throttle, 'begin' | 'fail'>
  readonly keys: Pick<Authenticator, 'readKey' | 'callerOfKey'>
  readonly members: MemberCallers
  readonly sessions: Sessions
  readonly publicUrl: string | null
}

/** The session as the page sees it. */
export interface SessionAnswer {
  readonly kind: SessionHolder['kind']
  readonly csrfToken: string
  readonly name: string
  readonly expiresAt: string
  readonly workspace: {
    readonly id: string
    readonly displayName: string
    readonly subdomain: string
  } | null
  readonly role: { readonly id: string; readonly label: string } | null
  readonly flags: readonly string[]
}

const WAYS = ['secret', 'apiKey', 'operatorKey'] as const
type Way = (typeof WAYS)[number]

/** The method of the sign-in, with its secret. */
const readCredential = (body: unknown): readonly [Way, string] => {
  const given = typeof body === 'object' && body !== null ? new Map(Object.entries(body)) : new Map()
  const found = WAYS.filter((way) => typeof given.get(way) === 'string')
  const [way] = found
  if (way !== undefined && found.length === 1) return [way, String(given.get(way)).trim()]
  throw new Problem('BAD_USER_INPUT', `The body must have one of ${WAYS.join(', ')}, as a text.`)
}

const expiryOf = ({ endsAt }: Pick<ConsoleSession, 'endsAt'>): string =>
  new Date(Math.min(endsAt.getTime(), Date.now() + IDLE_SECONDS * 1000)).toISOString()

export interface SessionRoute {
  readonly show: PublicHandler
  readonly signIn: PublicHandler
  readonly signOut: PublicHandler
}

export const createSessionRoute = (options: SessionRouteOptions): SessionRoute => {
  const { pool, readJson, throttle, keys, members, sessions, publicUrl } = options
  const isHttps = (ctx: Context): boolean => ctx.secure || (publicUrl?.startsWith('https:') ?? false)

  const redeem: Readonly<Record<Way, (text: string) => Promise<SessionHolder>>> = {
    secret: async (secret) => {
      const signedIn = await redeemSignInLink(pool, secret)
      if (signedIn === null)
        throw unauthenticated('This sign-in link was used before or has expired. Request a new one.')
      return { kind: 'member', ...signedIn }
    },
    apiKey: async (token) => {
      const { workspaceId, keyId, tokenVersion } = await keys.readKey(token)
      return { kind: 'key', workspaceId, keyId, tokenVersion }
    },
    operatorKey: async (secret) => {
      const operator = await findOperator(pool, secret)
      if (operator === null) throw unauthenticated('Not an operator key.')
      return { kind: 'operator', operatorKeyId: operator.id, operatorName: operator.name }
    },
  }

  const callerOf = async (holder: SessionHolder): Promise<Caller | null> => {
    if (holder.kind === 'operator') return null
    return holder.kind === 'key'
      ? keys.callerOfKey(holder)
      : members.of(holder.workspaceId, holder.workspaceMemberId)
  }

  /** The caller behind the session; counts as one request of its rate limit. */
  const admit = async (ctx: Context, holder: SessionHolder): Promise<Caller | null> => {
    const caller = await callerOf(holder)
    if (caller === null) return null
    const { headers, refusal } = await throttle.begin(caller)
    ctx.set(headers)
    if (refusal !== null) throw refusal
    return caller
  }

  const describe = async (
    ctx: Context,
    holder: SessionHolder,
    caller: Caller | null,
    secret: string,
    expiresAt: string,
  ): Promise<SessionAnswer> => {
    const csrfToken = csrfTokenOf(secret)
    if (caller === null) {
      const name = holder.kind === 'operator' ? holder.operatorName : ''
      return { kind: holder.kind, csrfToken, name, expiresAt, workspace: null, role: null, flags: [] }
    }
    ctx.state.workspaceId = caller.workspaceId
    const { id, name: displayName, subdomain } = await findWorkspace(pool, caller.workspaceId)
    return {
      kind: holder.kind,
      csrfToken,
      name: caller.name,
      expiresAt,
      workspace: { id, displayName, subdomain },
      role: { id: caller.roleId, label: caller.roleLabel },
      flags: [...caller.flags],
    }
  }

  const signIn = async (ctx: Context): Promise<void> => {
    refuseForeignPage(ctx, publicUrl)
    const [way, text] = readCredential(await readJson(ctx.req))
    const holder = await redeem[way](text)
    // Deleted members and suspended workspaces are refused here, before a session exists.
    const caller = await admit(ctx, holder)
    const before = readCookie(ctx.req.headers.cookie)
    if (before !== null) await endSession(pool, before)
    const secret = await createSession(pool, holder)
    ctx.set('set-cookie', cookieOf(secret, isHttps(ctx)))
    const endsAt = new Date(Date.now() + LONGEST_SECONDS * 1000)
    ctx.body = await describe(ctx, holder, caller, secret, expiryOf({ endsAt }))
  }

  /** The session and its secret; clears the cookie of an expired one. */
  const current = async (ctx: Context): Promise<readonly [ConsoleSession, string]> => {
    const secret = readCookie(ctx.req.headers.cookie)
    try {
      const session = await sessions.of(ctx)
      if (session === null || secret === null) throw unauthenticated('Not signed in.')
      return [session, secret]
    } catch (error) {
      if (
        error instanceof Problem &&
        error.code === 'UNAUTHENTICATED' &&
        ctx.req.headers.cookie !== undefined
      )
        ctx.set('set-cookie', noCookie(isHttps(ctx)))
      throw error
    }
  }

  const show = async (ctx: Context): Promise<void> => {
    const [session, secret] = await current(ctx)
    const caller = await admit(ctx, session.holder)
    ctx.body = await describe(ctx, session.holder, caller, secret, expiryOf(session))
  }

  const signOut = async (ctx: Context): Promise<void> => {
    const [session, secret] = await current(ctx)
    await endSession(pool, secret)
    // This gateway at once; the others when they are notified.
    sessions.invalidate(`session ${session.id}`)
    ctx.set('set-cookie', noCookie(isHttps(ctx)))
    ctx.status = 204
  }

  /** A browser without a cookie is only asking; it does not count as a failed attempt. */
  const counted = (ctx: Context, answer: (ctx: Context) => Promise<void>): Promise<void> =>
    ctx.method !== 'POST' && readCookie(ctx.req.headers.cookie) === null
      ? answer(ctx)
      : countingFailures(throttle, ctx, answer)

  return {
    show: (ctx) => counted(ctx, show),
    signIn: (ctx) => counted(ctx, signIn),
    signOut: (ctx) => counted(ctx, signOut),
  }
}
