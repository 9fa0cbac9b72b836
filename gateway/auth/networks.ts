// Networks that a key or a role is bound to: refuses a caller from elsewhere. Called where a credential
// becomes a caller (caller.ts, members.ts), so that every protocol, stream and sign-in is covered.

import type { Operator } from '../../tenants/operator.ts'
import { type NetworkSet, networkSetOf, plainAddress } from '../../tenants/permission/networks.ts'
import { Problem } from '../error/problem.ts'

/** A request, of which only the address of the client counts: that of Koa, behind trusted proxies. */
export interface SenderAddress {
  readonly ip: string
}

interface Binding {
  /** Begins a sentence. */
  readonly subject: string
  readonly contains: NetworkSet
}

/** Null: not bound, as most are. */
export type Bindings = readonly Binding[] | null

interface BoundGrant {
  readonly roleLabel: string
  /** Absent for a member. */
  readonly networks?: readonly string[]
  readonly roleNetworks: readonly string[]
}

/** For the sub-code of a 403. */
export const ADDRESS_NOT_ALLOWED = 'ADDRESS_NOT_ALLOWED'

const NETWORK_BYTES = 250
/** An address in a header of a proxy can be any text. */
const MAX_QUOTED = 60

export const bindingsOf = ({ roleLabel, networks = [], roleNetworks }: BoundGrant): Bindings => {
  const bindings = [
    { subject: 'This API key', contains: networkSetOf(networks) },
    { subject: `The role "${roleLabel}"`, contains: networkSetOf(roleNetworks) },
  ].flatMap(({ subject, contains }) => (contains === null ? [] : [{ subject, contains }]))
  return bindings.length === 0 ? null : bindings
}

export const bindingsBytes = (grant: BoundGrant | null): number =>
  grant === null ? 0 : NETWORK_BYTES * ((grant.networks?.length ?? 0) + grant.roleNetworks.length)

/** The networks of the operator's key. Operators are not bound by roles of workspaces. */
export const refuseOperatorElsewhere = (
  { networks = [] }: Partial<Pick<Operator, 'networks'>>,
  sender: SenderAddress,
): void => {
  const contains = networkSetOf(networks)
  if (contains !== null) refuseElsewhere([{ subject: 'This operator key', contains }], sender)
}

/** Throws a 403. It names the address, not the networks. */
export const refuseElsewhere = (bindings: NonNullable<Bindings>, { ip }: SenderAddress): void => {
  const address = plainAddress(ip)
  const refusing = bindings.find(({ contains }) => !contains(address))
  if (refusing === undefined) return
  throw new Problem(
    'FORBIDDEN',
    `${refusing.subject} is bound to networks, and the address ${address.slice(0, MAX_QUOTED)} is in none of them.`,
    {
      subCode: ADDRESS_NOT_ALLOWED,
      hint: 'Send the request from another network, or ask an administrator to add this one. If this is not your address, TRUSTED_PROXIES of the gateway is wrong.',
    },
  )
}
