// Credentials of a sign-in to the console: a sign-in link's secret, an API key or an operator's key.
// Redeeming one returns the holder of the new session.

import type { Pool } from 'pg'
import type { SessionHolder } from '../../tenants/member/session.ts'
import { redeemSignInLink } from '../../tenants/member/signIn.ts'
import { findOperator } from '../../tenants/operator.ts'
import { plainAddress } from '../../tenants/permission/networks.ts'
import { type Authenticator, unauthenticated } from '../auth/caller.ts'
import type { MemberCallers } from '../auth/members.ts'
import type { SenderAddress } from '../auth/networks.ts'
import { callerOfSession } from '../auth/session.ts'
import { Problem } from '../error/problem.ts'

const WAYS = ['secret', 'apiKey', 'operatorKey'] as const
type Way = (typeof WAYS)[number]

/** The method of the sign-in, with its secret. */
export const readCredential = (body: unknown): readonly [Way, string] => {
  const given = typeof body === 'object' && body !== null ? new Map(Object.entries(body)) : new Map()
  const found = WAYS.filter((way) => typeof given.get(way) === 'string')
  const [way] = found
  if (way !== undefined && found.length === 1) return [way, String(given.get(way)).trim()]
  throw new Problem('BAD_USER_INPUT', `The body must have one of ${WAYS.join(', ')}, as a string.`)
}

interface RedeemOptions {
  readonly pool: Pool
  readonly keys: Pick<Authenticator, 'readKey' | 'callerOfKey'>
  readonly members: MemberCallers
}

export const createRedeem = (
  options: RedeemOptions,
): Readonly<Record<Way, (text: string, sender: SenderAddress) => Promise<SessionHolder>>> => ({
  secret: async (secret, sender) => {
    const signedIn = await redeemSignInLink(options.pool, secret, {
      acceptsImpersonation: true,
      address: plainAddress(sender.ip),
      authorise: (holder) => callerOfSession(options, holder, sender),
    })
    if (signedIn === null)
      throw unauthenticated('This sign-in link was used before or has expired. Request a new one.')
    return signedIn
  },
  apiKey: async (token, sender) => {
    const { workspaceId, keyId, tokenVersion } = await options.keys.readKey(token, sender)
    return { kind: 'key', workspaceId, keyId, tokenVersion }
  },
  operatorKey: async (secret) => {
    const operator = await findOperator(options.pool, secret)
    if (operator === null) throw unauthenticated('Not an operator key.')
    const { id: operatorKeyId, name: operatorName, scopes, workspaceIds, networks } = operator
    return { kind: 'operator', operatorKeyId, operatorName, scopes, workspaceIds, networks }
  },
})
