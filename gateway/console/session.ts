// Signing in and out of the console, at /console/session: exchanges the secret of a sign-in link, an API key
// or an operator's key for a session cookie, and describes the session to the page. Every sign-in creates a
// new secret and ends the browser's previous session, which prevents session fixation.

import type { Pool } from 'pg'
import {
  type ConsoleSession,
  createSession,
  endSession,
  IDLE_SECONDS,
  longestSecondsOf,
  type SessionHolder,
} from '../../tenants/member/session.ts'
import { type Authenticator, type Caller, unauthenticated } from '../auth/caller.ts'
import { cookieOf, noCookie, readCookie } from '../auth/cookie.ts'
import { countingFailures, linkNameOf } from '../auth/failures.ts'
import { refuseForeignPage } from '../auth/forgery.ts'
import type { MemberCallers } from '../auth/members.ts'
import { callerOfSession, type Sessions } from '../auth/session.ts'
import { Problem } from '../error/problem.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context, PublicHandler } from '../http/context.ts'
import { sourceOf } from '../http/source.ts'
import type { Throttle } from '../limits/throttle.ts'
import { createRedeem, readCredential } from './credential.ts'
import { describeSession } from './sessionAnswer.ts'

interface SessionRouteOptions {
  readonly pool: Pool
  readonly readJson: ReadJson
  readonly throttle: Pick<Throttle, 'begin' | 'fail'>
  readonly keys: Pick<Authenticator, 'readKey' | 'callerOfKey'>
  readonly members: MemberCallers
  readonly sessions: Sessions
  readonly publicUrl: string | null
  /** Whose sessions this port serves. */
  readonly serves: (audience: Audience) => boolean
}

type Audience = 'workspace' | 'operator'

const wrongPort = (): Problem =>
  new Problem('FORBIDDEN', 'This kind of credential cannot sign in on this port.', {
    hint: 'Operators sign in at ADMIN_PORT where ADMIN_API is private, members and keys at the public address.',
  })

const audienceOf = ({ kind }: SessionHolder): Audience => (kind === 'operator' ? 'operator' : 'workspace')

const expiryOf = ({ endsAt }: Pick<ConsoleSession, 'endsAt'>): string =>
  new Date(Math.min(endsAt.getTime(), Date.now() + IDLE_SECONDS * 1000)).toISOString()

const ownParts = (ctx: Context, secret: string, session: Pick<ConsoleSession, 'endsAt'>) => ({
  secret,
  expiresAt: expiryOf(session),
  address: sourceOf(ctx).address,
})

export interface SessionRoute {
  readonly show: PublicHandler
  readonly signIn: PublicHandler
  readonly signOut: PublicHandler
}

/** The session and its secret; clears the cookie of an expired one. */
const currentSession = async (
  sessions: Sessions,
  ctx: Context,
  isHttps: boolean,
): Promise<readonly [ConsoleSession, string]> => {
  const secret = readCookie(ctx.req.headers.cookie)
  try {
    const session = await sessions.of(ctx)
    if (session === null || secret === null) throw unauthenticated('Not signed in.')
    return [session, secret]
  } catch (error) {
    if (error instanceof Problem && error.code === 'UNAUTHENTICATED' && ctx.req.headers.cookie !== undefined)
      ctx.set('set-cookie', noCookie(isHttps))
    throw error
  }
}

/** A browser without a cookie is only asking; it does not count as a failed attempt. */
const counted = (
  throttle: Pick<Throttle, 'fail'>,
  ctx: Context,
  answer: (ctx: Context) => Promise<void>,
): Promise<void> =>
  ctx.method !== 'POST' && readCookie(ctx.req.headers.cookie) === null
    ? answer(ctx)
    : countingFailures(throttle, ctx, answer, ctx.method === 'POST' ? 'signIn' : 'token')

export const createSessionRoute = (options: SessionRouteOptions): SessionRoute => {
  const { pool, readJson, throttle, sessions, publicUrl, serves } = options
  const redeem = createRedeem(options)
  const isHttps = (ctx: Context): boolean => ctx.secure || (publicUrl?.startsWith('https:') ?? false)

  /** The caller behind the session; counts as one request of its rate limit. */
  const authorise = async (ctx: Context, holder: SessionHolder): Promise<Caller | null> => {
    const caller = await callerOfSession(options, holder, ctx)
    if (caller === null) return null
    const { headers, refusal } = await throttle.begin(caller)
    ctx.set(headers)
    if (refusal !== null) throw refusal
    ctx.state.workspaceId = caller.workspaceId
    return caller
  }

  const signIn = async (ctx: Context): Promise<void> => {
    refuseForeignPage(ctx, publicUrl)
    const [way, text] = readCredential(await readJson(ctx.req))
    if (!serves(way === 'operatorKey' ? 'operator' : 'workspace')) throw wrongPort()
    if (way === 'secret') ctx.state.signInLink = linkNameOf(text)
    const holder = await redeem[way](text, ctx)
    // Deleted members, suspended workspaces and other networks are refused before a session exists.
    const caller = await authorise(ctx, holder)
    const before = readCookie(ctx.req.headers.cookie)
    if (before !== null) await endSession(pool, before)
    const secret = await createSession(pool, holder)
    ctx.set('set-cookie', cookieOf(secret, isHttps(ctx)))
    const endsAt = new Date(Date.now() + longestSecondsOf(holder) * 1000)
    ctx.body = await describeSession(pool, holder, caller, ownParts(ctx, secret, { endsAt }))
  }

  const show = async (ctx: Context): Promise<void> => {
    const [session, secret] = await currentSession(sessions, ctx, isHttps(ctx))
    // Browsers send a cookie to every port of a host: it stays for the other one.
    if (!serves(audienceOf(session.holder))) throw unauthenticated('Not signed in.')
    const caller = await authorise(ctx, session.holder)
    ctx.body = await describeSession(pool, session.holder, caller, ownParts(ctx, secret, session))
  }

  const signOut = async (ctx: Context): Promise<void> => {
    const [session, secret] = await currentSession(sessions, ctx, isHttps(ctx))
    await endSession(pool, secret)
    // This gateway at once; the others when they are notified.
    sessions.invalidate(`session ${session.id}`)
    ctx.set('set-cookie', noCookie(isHttps(ctx)))
    ctx.status = 204
  }

  return {
    show: (ctx) => counted(throttle, ctx, show),
    signIn: (ctx) => counted(throttle, ctx, signIn),
    signOut: (ctx) => counted(throttle, ctx, signOut),
  }
}
