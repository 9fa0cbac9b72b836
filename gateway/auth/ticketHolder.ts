// The credential that a ticket is issued for: from the headers of a request to its holder, and from the
// holder to the caller that it stands for now.

import type { IncomingHttpHeaders } from 'node:http'
import type { Authenticator, Caller } from './caller.ts'
import { readCookie } from './cookie.ts'
import type { MemberCallers } from './members.ts'
import type { SenderAddress } from './networks.ts'
import { type Sessions, sessionHashOf } from './session.ts'
import type { TicketClaims, TicketHolder } from './ticketClaims.ts'

export interface HolderOptions {
  readonly keys: Pick<Authenticator, 'readClaims' | 'callerOfKey'>
  readonly members: Pick<MemberCallers, 'of'>
  readonly sessions: Pick<Sessions, 'callerOfHash'>
}

/** The holder, and when its credential ends at the latest. */
export const holderIn = async (
  { keys }: HolderOptions,
  { authorization, cookie }: IncomingHttpHeaders,
): Promise<readonly [TicketHolder, endsAtSeconds: number]> => {
  const secret = authorization === undefined ? readCookie(cookie) : null
  if (secret !== null) return [{ kind: 'session', hash: sessionHashOf(secret) }, Number.POSITIVE_INFINITY]
  const claims = await keys.readClaims(authorization)
  const { expiresAtSeconds } = claims
  return claims.kind === 'key'
    ? [{ kind: 'key', keyId: claims.keyId, tokenVersion: claims.tokenVersion }, expiresAtSeconds]
    : [{ kind: 'member', workspaceMemberId: claims.workspaceMemberId }, expiresAtSeconds]
}

export const callerOfHolder = (
  { keys, members, sessions }: HolderOptions,
  { holder, workspaceId }: TicketClaims,
  sender: SenderAddress,
): Promise<Caller> => {
  if (holder.kind === 'session') return sessions.callerOfHash(holder.hash, sender)
  return holder.kind === 'key'
    ? keys.callerOfKey({ ...holder, workspaceId }, sender)
    : members.of(workspaceId, holder.workspaceMemberId, sender)
}
