// Tokens: JWTs (RFC 7519), signed with ES256, for an API key's row or, valid for minutes, a member. Verified
// tokens are cached, so that a busy key costs a look-up instead of a signature check; expiry is checked each
// time. caller.ts checks whether the subject is still valid.

import type { JWTPayload } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import * as errors from 'jose/errors'
import { decodeJwt } from 'jose/jwt/decode'
import { SignJWT } from 'jose/jwt/sign'
import { jwtVerify } from 'jose/jwt/verify'
import { isUuid } from '../../tenants/uuid.ts'
import { type CacheBudget, unlimitedBudget } from '../cache/budget.ts'
import { ALGORITHM, type SigningKeys } from './signing.ts'
import { readTicketClaims, TICKET_TYPE, type TicketClaims } from './ticketClaims.ts'

const KEY_TYPE = 'API_KEY'
const MEMBER_TYPE = 'ACCESS'
/** Clock difference tolerated between gateways. */
const CLOCK_TOLERANCE_SECONDS = 5
/** Of the claims, in addition to the token's characters. */
const CLAIMS_BYTES = 700

export interface KeyClaims {
  readonly kind: 'key'
  readonly keyId: string
  readonly workspaceId: string
  /** The token_version of the key when the token was issued. */
  readonly tokenVersion: number
  /** Seconds since the epoch. */
  readonly expiresAtSeconds: number
}

interface MemberClaims {
  readonly kind: 'member'
  readonly workspaceId: string
  readonly workspaceMemberId: string
  /** Seconds since the epoch. */
  readonly expiresAtSeconds: number
}

export type Claims = KeyClaims | MemberClaims

export type Verification =
  | { readonly claims: Claims }
  /** Not a JWT; a JWT of another issuer; ours, but expired. */
  | { readonly failure: 'NOT_A_TOKEN' | 'INVALID' | 'EXPIRED' }

interface TokenSubject {
  readonly keyId: string
  readonly workspaceId: string
  readonly tokenVersion: number
  readonly expiresAt: Date
}

interface MemberSubject {
  readonly workspaceId: string
  readonly workspaceMemberId: string
  readonly expiresAt: Date
}

export interface Tokens {
  /** For an API key. */
  readonly issue: (subject: TokenSubject) => Promise<string>
  readonly issueForMember: (subject: MemberSubject) => Promise<string>
  readonly issueTicket: (ticket: Omit<TicketClaims, 'issuedAtSeconds'>) => Promise<string>
  readonly verify: (token: string) => Promise<Verification>
  /** Null: not a ticket of ours, or it has expired. */
  readonly verifyTicket: (ticket: string) => Promise<TicketClaims | null>
}

const isJwt = (token: string): boolean => {
  try {
    decodeJwt(token)
    return true
  } catch {
    return false
  }
}

const kidOf = (token: string): string | undefined => {
  try {
    return decodeProtectedHeader(token).kid
  } catch {
    return undefined
  }
}

const readKeyClaims = ({ sub, jti, exp, workspaceId, ver }: JWTPayload): Claims | null => {
  if (sub === undefined || workspaceId !== sub || !isUuid(sub)) return null
  if (jti === undefined || !isUuid(jti) || exp === undefined) return null
  if (typeof ver !== 'number' || !Number.isSafeInteger(ver)) return null
  return { kind: 'key', keyId: jti, workspaceId: sub, tokenVersion: ver, expiresAtSeconds: exp }
}

const readMemberClaims = ({ exp, workspaceId, workspaceMemberId }: JWTPayload): Claims | null => {
  if (typeof workspaceId !== 'string' || !isUuid(workspaceId) || exp === undefined) return null
  if (typeof workspaceMemberId !== 'string' || !isUuid(workspaceMemberId)) return null
  return { kind: 'member', workspaceId, workspaceMemberId, expiresAtSeconds: exp }
}

/** The claims, if they are those of an API key or a member. */
const readClaims = (payload: JWTPayload): Claims | null => {
  if (payload.type === KEY_TYPE) return readKeyClaims(payload)
  return payload.type === MEMBER_TYPE ? readMemberClaims(payload) : null
}

/** Verifies a signature, and reads the claims. */
const createSignatureCheck =
  (signingKeys: SigningKeys, clock: () => number) =>
  async <Read>(
    token: string,
    read: (payload: JWTPayload) => Read | null,
  ): Promise<{ readonly claims: Read } | Extract<Verification, { failure: string }>> => {
    if (!isJwt(token)) return { failure: 'NOT_A_TOKEN' }
    const kid = kidOf(token)
    const key = kid === undefined ? undefined : await signingKeys.publicKey(kid)
    if (key === undefined) return { failure: 'INVALID' }
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        typ: 'JWT',
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock()),
      })
      const claims = read(payload)
      return claims === null ? { failure: 'INVALID' } : { claims }
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { failure: 'EXPIRED' }
      if (error instanceof errors.JOSEError) return { failure: 'INVALID' }
      throw error
    }
  }

/** @param clock in milliseconds since the epoch, for tests. */
export const createTokens = (
  signingKeys: SigningKeys,
  clock: () => number = Date.now,
  budget: CacheBudget = unlimitedBudget(),
): Tokens => {
  const verified = budget.open<string, Claims>({ name: 'verified tokens', retention: 8 })
  const checkSignature = createSignatureCheck(signingKeys, clock)

  const sign = async (payload: JWTPayload, expiresAt: Date): Promise<string> => {
    const current = await signingKeys.current()
    return new SignJWT(payload)
      .setProtectedHeader({ alg: ALGORITHM, kid: current.kid, typ: 'JWT' })
      .setIssuedAt(Math.floor(clock() / 1000))
      .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
      .sign(current.privateKey)
  }

  const issue: Tokens['issue'] = ({ keyId, workspaceId, tokenVersion, expiresAt }) =>
    sign({ type: KEY_TYPE, workspaceId, ver: tokenVersion, sub: workspaceId, jti: keyId }, expiresAt)

  const issueForMember: Tokens['issueForMember'] = ({ workspaceId, workspaceMemberId, expiresAt }) =>
    sign({ type: MEMBER_TYPE, workspaceId, workspaceMemberId, sub: workspaceMemberId }, expiresAt)

  const issueTicket: Tokens['issueTicket'] = ({ expiresAtSeconds, id, ...ticket }) =>
    sign({ type: TICKET_TYPE, jti: id, ...ticket }, new Date(expiresAtSeconds * 1000))

  const verify = async (token: string): Promise<Verification> => {
    const claims = verified.get(token)
    if (claims === undefined) {
      const verification = await checkSignature(token, readClaims)
      if ('claims' in verification) verified.set(token, verification.claims, CLAIMS_BYTES + token.length)
      return verification
    }
    // Like jwtVerify: the token expires when exp + tolerance is reached.
    return claims.expiresAtSeconds + CLOCK_TOLERANCE_SECONDS <= Math.floor(clock() / 1000)
      ? { failure: 'EXPIRED' }
      : { claims }
  }

  const verifyTicket: Tokens['verifyTicket'] = async (ticket) => {
    const verification = await checkSignature(ticket, readTicketClaims)
    return 'claims' in verification ? verification.claims : null
  }

  return Object.freeze({ issue, issueForMember, issueTicket, verify, verifyTicket })
}
