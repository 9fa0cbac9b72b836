// Tokens of API keys: JWTs (RFC 7519) that name a key's row, signed with ES256. In: a key or a token; out: a token or the
// claims in it. A verified token is remembered, so that a busy key costs a look-up instead of a signature check; what time
// does to it is looked at each time. Not decided here: whether the key behind it still stands (caller.ts).

import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { isUuid } from '../../tenants/uuid.ts'
import { ALGORITHM, type SigningKeys } from './signing.ts'

const TYPE = 'API_KEY'
/** Clocks of the gateways that mint and verify may differ so much. */
const CLOCK_TOLERANCE_SECONDS = 5
const REMEMBERED_TOKENS = 10_000

export interface Claims {
  readonly keyId: string
  readonly workspaceId: string
  /** The token_version of the key that the token was minted for. */
  readonly tokenVersion: number
  /** Seconds since the epoch. */
  readonly expiresAtSeconds: number
}

export type Verification =
  | { readonly claims: Claims }
  /** No JWT at all; a JWT that is not ours; ours, but past its time. */
  | { readonly failure: 'NOT_A_TOKEN' | 'INVALID' | 'EXPIRED' }

export interface TokenSubject {
  readonly keyId: string
  readonly workspaceId: string
  readonly tokenVersion: number
  readonly expiresAt: Date
}

export interface Tokens {
  readonly mint: (subject: TokenSubject) => Promise<string>
  readonly verify: (token: string) => Promise<Verification>
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

/** The claims, if they are those of an API key. */
const readClaims = (payload: JWTPayload): Claims | null => {
  const { sub, jti, exp, type, workspaceId, ver } = payload
  if (type !== TYPE || sub === undefined || workspaceId !== sub || !isUuid(sub)) return null
  if (jti === undefined || !isUuid(jti) || exp === undefined) return null
  if (typeof ver !== 'number' || !Number.isSafeInteger(ver)) return null
  return { keyId: jti, workspaceId: sub, tokenVersion: ver, expiresAtSeconds: exp }
}

/** @param clock in milliseconds since the epoch, for tests. */
export const createTokens = (signingKeys: SigningKeys, clock: () => number = Date.now): Tokens => {
  const verified = new LRUCache<string, Claims>({ max: REMEMBERED_TOKENS })

  const mint = ({ keyId, workspaceId, tokenVersion, expiresAt }: TokenSubject): Promise<string> =>
    new SignJWT({ type: TYPE, workspaceId, ver: tokenVersion })
      .setProtectedHeader({ alg: ALGORITHM, kid: signingKeys.current.kid, typ: 'JWT' })
      .setSubject(workspaceId)
      .setJti(keyId)
      .setIssuedAt(Math.floor(clock() / 1000))
      .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
      .sign(signingKeys.current.privateKey)

  const checkSignature = async (token: string): Promise<Verification> => {
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
      const claims = readClaims(payload)
      if (claims === null) return { failure: 'INVALID' }
      verified.set(token, claims)
      return { claims }
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { failure: 'EXPIRED' }
      if (error instanceof errors.JOSEError) return { failure: 'INVALID' }
      throw error
    }
  }

  const verify = async (token: string): Promise<Verification> => {
    const claims = verified.get(token)
    if (claims === undefined) return checkSignature(token)
    // As jwtVerify has it: the token dies when exp + tolerance has been reached.
    return claims.expiresAtSeconds + CLOCK_TOLERANCE_SECONDS <= Math.floor(clock() / 1000)
      ? { failure: 'EXPIRED' }
      : { claims }
  }

  return Object.freeze({ mint, verify })
}
