// Signing in over GraphQL, for programs that act for a person. In: POST /metadata without a cookie, whose document asks for tokens, and
// for nothing else where it comes with a token, which may be over; out: a token that opens the APIs as the member for half an hour, and
// one to renew it by, which is a session of the console. Everything else is passed on, to be refused there.

import { readFileSync } from 'node:fs'
import type { Pool } from 'pg'
import { buildASTSchema, execute, isScalarType, Kind, parse } from 'postgraphile/graphql'
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
import { readCookie } from '../../auth/cookie.ts'
import { countingFailures } from '../../auth/failures.ts'
import type { MemberCallers } from '../../auth/members.ts'
import type { Tokens } from '../../auth/token.ts'
import { Problem, problemOf, toGraphQLError } from '../../error/problem.ts'
import { type Answer, handlerOf, placeOf } from '../../graphql/answer.ts'
import { explainingMissing, parseText, prepareDocument } from '../../graphql/document.ts'
import { type GraphQLRequest, readRequest } from '../../graphql/request.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context, Middleware } from '../../http/context.ts'
import { leftOut } from '../../leftOut.ts'
import type { Throttle } from '../../limits/throttle.ts'
import { defineScalar } from '../scalars.ts'

export interface SignInOptions {
  readonly pool: Pool
  readonly tokens: Pick<Tokens, 'mintForMember'>
  readonly members: Pick<MemberCallers, 'of'>
  readonly throttle: Pick<Throttle, 'begin' | 'fail'>
  /** Gives the same body to whoever reads it next. */
  readonly readJson: ReadJson
}

const PATH = '/metadata'
const ACCESS_MS = 30 * 60_000
const EXCHANGES = ['getAuthTokensFromLoginToken', 'renewToken']
/** Worth a closer look. */
const MENTIONED = new RegExp(`\\b(?:${EXCHANGES.join('|')})\\b`)

const FILES = ['signIn.graphql', '../access/tokens.graphql']

const createSchema = () => {
  const text = FILES.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n')
  const schema = buildASTSchema(parse(text))
  for (const type of Object.values(schema.getTypeMap())) if (isScalarType(type)) defineScalar(type)
  return schema
}

const queryOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'query' in body && typeof body.query === 'string'
    ? body.query
    : ''

/** Whoever has a token is answered by the rest of /metadata, unless they want another one, and that alone. */
const asksForTokensAlone = (query: string): boolean => {
  try {
    return parseText(query).definitions.every(
      (definition) =>
        definition.kind !== Kind.OPERATION_DEFINITION ||
        definition.selectionSet.selections.every(
          (selection) => selection.kind === Kind.FIELD && EXCHANGES.includes(selection.name.value),
        ),
    )
  } catch {
    return false
  }
}

export const createSignIn = ({ pool, tokens, members, throttle, readJson }: SignInOptions): Middleware => {
  const schema = createSchema()

  /** Refuses members who are gone, workspaces that are suspended, and whoever asks too often. */
  const admit = async (workspaceId: string, workspaceMemberId: string): Promise<void> => {
    const { refusal } = await throttle.begin(await members.of(workspaceId, workspaceMemberId))
    if (refusal !== null) throw refusal
  }

  const pairFor = async (
    { workspaceId, workspaceMemberId }: { readonly workspaceId: string; readonly workspaceMemberId: string },
    refresh: { readonly token: string; readonly expiresAt: Date },
  ) => {
    const expiresAt = new Date(Date.now() + ACCESS_MS)
    const token = await tokens.mintForMember({ workspaceId, workspaceMemberId, expiresAt })
    return { tokens: { accessOrWorkspaceAgnosticToken: { token, expiresAt }, refreshToken: refresh } }
  }

  const redeem = async (loginToken: string) => {
    const signedIn = await redeemSignInLink(pool, loginToken)
    if (signedIn === null)
      throw unauthenticated('This sign-in link was used before or is too old. Ask for a new one.')
    await admit(signedIn.workspaceId, signedIn.workspaceMemberId)
    const token = await createSession(pool, { kind: 'member', ...signedIn })
    return pairFor(signedIn, { token, expiresAt: new Date(Date.now() + IDLE_SECONDS * 1000) })
  }

  const renew = async (appToken: string) => {
    const session = isSessionSecret(appToken) ? await findSession(pool, hashOfSecret(appToken)) : null
    if (session === null || session.holder.kind !== 'member' || session.expiresAt.getTime() <= Date.now())
      throw unauthenticated('This refresh token is over. Sign in again.')
    await admit(session.holder.workspaceId, session.holder.workspaceMemberId)
    await markSessionsSeen(pool, [session.id])
    const expiresAt = new Date(Math.min(session.endsAt.getTime(), Date.now() + IDLE_SECONDS * 1000))
    return pairFor(session.holder, { token: appToken, expiresAt })
  }

  const answer = async (
    ctx: Context,
    _opened: null,
    { query, variables, operationName }: GraphQLRequest,
  ): Promise<Answer> => {
    const result = await execute({
      schema,
      document: prepareDocument(query, schema, explainingMissing(leftOut)),
      rootValue: {
        isSignedIn: false,
        getAuthTokensFromLoginToken: ({ loginToken }: { readonly loginToken: string }) =>
          countingFailures(throttle, ctx, () => redeem(loginToken)),
        renewToken: ({ appToken }: { readonly appToken: string }) =>
          countingFailures(throttle, ctx, () => renew(appToken)),
      },
      variableValues: variables ?? {},
      operationName: operationName ?? null,
    })
    const { data, errors = [] } = result
    const told = errors.map((error) => {
      const problem =
        data === undefined
          ? new Problem('BAD_USER_INPUT', error.message)
          : problemOf(error.originalError ?? error)
      const { message, extensions } = toGraphQLError(problem)
      return { message, ...placeOf(error), extensions }
    })
    const body = { ...(told.length === 0 ? {} : { errors: told }), ...(data === undefined ? {} : { data }) }
    return { status: data === undefined ? 400 : 200, body: JSON.stringify(body) }
  }

  const handle = handlerOf({ read: (ctx) => readRequest(ctx, { readJson, keepsDigits: false }), answer })

  return async (ctx, next) => {
    if (ctx.path !== PATH || ctx.method !== 'POST') return next()
    const { authorization, cookie } = ctx.req.headers
    if (authorization === undefined && readCookie(cookie) !== null) return next()
    ctx.state.face = 'graphql'
    // A body that cannot be read is refused like any other stranger's.
    const query = queryOf(await readJson(ctx.req).catch(() => null))
    const isOurs = MENTIONED.test(query) && (authorization === undefined || asksForTokensAlone(query))
    return isOurs ? handle(ctx, null) : next()
  }
}
