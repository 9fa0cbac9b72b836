// Sign-in over GraphQL, for programs that act for a person: exchanges the secret of a sign-in link, or a
// refresh token, for an access token that is valid for half an hour, and a refresh token, which is a session
// of the console. The mutations are public: callers without a valid token need them.

import type { Pool } from 'pg'
import {
  createSession,
  findSession,
  IDLE_SECONDS,
  isSessionSecret,
  markSessionsSeen,
} from '../../../tenants/member/session.ts'
import { redeemSignInLink } from '../../../tenants/member/signIn.ts'
import { hashOfSecret } from '../../../tenants/operator.ts'
import { unauthenticated } from '../../auth/caller.ts'
import { countingFailures, linkNameOf } from '../../auth/failures.ts'
import type { MemberCallers } from '../../auth/members.ts'
import type { SenderAddress } from '../../auth/networks.ts'
import type { Tokens } from '../../auth/token.ts'
import { badInput } from '../../error/problem.ts'
import type { Context } from '../../http/context.ts'
import type { Throttle } from '../../limits/throttle.ts'
import type { PublicResolver, Resolver, Resolvers } from '../schema.ts'

interface SignInOptions {
  readonly pool: Pool
  readonly tokens: Pick<Tokens, 'issueForMember'>
  readonly members: Pick<MemberCallers, 'of'>
  readonly throttle: Pick<Throttle, 'begin' | 'fail'>
}

interface Token {
  readonly token: string
  readonly expiresAt: Date
}

interface Subject {
  readonly workspaceId: string
  readonly workspaceMemberId: string
}

interface AuthTokens {
  readonly tokens: { readonly accessOrWorkspaceAgnosticToken: Token; readonly refreshToken: Token }
}

/** Both reject with a 401 for an invalid secret. */
export interface TokenExchange {
  /** @param loginToken the secret of a sign-in link */
  readonly redeem: (loginToken: string) => Promise<AuthTokens>
  /** @param appToken a refresh token */
  readonly renew: (appToken: string) => Promise<AuthTokens>
}

const ACCESS_MS = 30 * 60_000

/** The exchange for one request, which counts failures of its address. */
export const createTokenExchange = ({ pool, tokens, members, throttle }: SignInOptions) => {
  /** Refuses deleted members, suspended workspaces, other networks, and members past their limit. */
  const authorise = async (
    { workspaceId, workspaceMemberId }: Subject,
    sender: SenderAddress,
  ): Promise<void> => {
    const { refusal } = await throttle.begin(await members.of(workspaceId, workspaceMemberId, sender))
    if (refusal !== null) throw refusal
  }

  const pairFor = async (
    { workspaceId, workspaceMemberId }: Subject,
    refreshToken: Token,
  ): Promise<AuthTokens> => {
    const expiresAt = new Date(Date.now() + ACCESS_MS)
    const token = await tokens.issueForMember({ workspaceId, workspaceMemberId, expiresAt })
    return { tokens: { accessOrWorkspaceAgnosticToken: { token, expiresAt }, refreshToken } }
  }

  const redeem = async (loginToken: string, sender: SenderAddress): Promise<AuthTokens> => {
    const signedIn = await redeemSignInLink(pool, loginToken, {
      authorise: (subject) => authorise(subject, sender),
    })
    if (signedIn === null)
      throw unauthenticated('This sign-in link was used before or has expired. Request a new one.')
    const token = await createSession(pool, signedIn)
    return pairFor(signedIn, { token, expiresAt: new Date(Date.now() + IDLE_SECONDS * 1000) })
  }

  const renew = async (appToken: string, sender: SenderAddress): Promise<AuthTokens> => {
    const session = isSessionSecret(appToken) ? await findSession(pool, hashOfSecret(appToken)) : null
    if (
      session?.holder.kind !== 'member' ||
      session.holder.impersonator !== undefined ||
      session.expiresAt.getTime() <= Date.now()
    )
      throw unauthenticated('Refresh token expired. Sign in again.')
    await authorise(session.holder, sender)
    await markSessionsSeen(pool, [session.id])
    const expiresAt = new Date(Math.min(session.endsAt.getTime(), Date.now() + IDLE_SECONDS * 1000))
    return pairFor(session.holder, { token: appToken, expiresAt })
  }

  return (ctx: Context): TokenExchange => ({
    redeem: (loginToken) => {
      ctx.state.signInLink = linkNameOf(loginToken)
      return countingFailures(throttle, ctx, () => redeem(loginToken, ctx), 'signIn')
    },
    renew: (appToken) => countingFailures(throttle, ctx, () => renew(appToken, ctx)),
  })
}

interface Exchanging {
  /** Null in a request of an authenticated caller. */
  readonly exchange: TokenExchange | null
}

const exchangeIn = ({ exchange }: Exchanging): TokenExchange => {
  if (exchange !== null) return exchange
  throw badInput(
    'Tokens can only be exchanged in a separate request.',
    undefined,
    'Send the mutation alone, and without the cookie of a session.',
  )
}

const publicly = (resolve: Resolver): PublicResolver => ({ resolvePublicly: resolve })

export const signInResolvers: Resolvers = {
  Mutation: {
    getAuthTokensFromLoginToken: publicly(
      (_: unknown, { loginToken }: { readonly loginToken: string }, context: Exchanging) =>
        exchangeIn(context).redeem(loginToken),
    ),
    renewToken: publicly((_: unknown, { appToken }: { readonly appToken: string }, context: Exchanging) =>
      exchangeIn(context).renew(appToken),
    ),
  },
}
