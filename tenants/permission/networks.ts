// Networks that a key or a role may be used from: CIDRs and single addresses of IPv4 and IPv6, checked on
// input and compared with addresses of callers. An IPv4-mapped IPv6 address or network is the IPv4 one.

import ipaddr from 'ipaddr.js'
import type { ClientBase } from 'pg'
import { Refusal } from '../refusal.ts'
import type { Actor } from './actor.ts'
import { type IpAddress, readAddress } from './address.ts'
import { PermissionRefusal } from './refusal.ts'

/** Of a key or a role. */
export const MAX_NETWORKS = 100
/** `2001:0db8:…/128` has 43 characters. */
const MAX_QUOTED = 60

interface Network {
  readonly address: IpAddress
  /** Bits that all its addresses share. */
  readonly prefix: number
}

/** Whether an address, as text, is in one of the networks. */
export type NetworkSet = (address: string) => boolean

const widthOf = (address: IpAddress): number => (address.kind() === 'ipv4' ? 32 : 128)

/** An IPv4-mapped network as the IPv4 one. */
const unmapped = (network: Network): Network => {
  const { address, prefix } = network
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= 96
    ? { address: address.toIPv4Address(), prefix: prefix - 96 }
    : network
}

const networkOf = (address: IpAddress): Network => unmapped({ address, prefix: widthOf(address) })

/** An IPv4-mapped address in any notation as the IPv4 one; other texts as they are. */
export const plainAddress = (text: string): string => {
  // Every request that may write comes by here, most of them with an IPv4 address.
  if (!text.includes(':')) return text
  const address = readAddress(text)
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
    ? address.toIPv4Address().toString()
    : text
}

/** In a form that Postgres reads; it stores the shortest one. */
const textOf = ({ address, prefix }: Network): string => `${address.toNormalizedString()}/${prefix}`

const startOf = ({ address, prefix }: Network): Network => ({
  address: (address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(
    `${address.toNormalizedString()}/${prefix}`,
  ),
  prefix,
})

/** Null for a text that is not a network. */
const readNetwork = (text: string): Network | null => {
  const [, written = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = readAddress(written)
  if (address === null) return null
  const prefix = bits === undefined ? widthOf(address) : Number(bits)
  return prefix > widthOf(address) ? null : { address, prefix }
}

/** Whether no bits are set after the prefix. */
const isComplete = (network: Network): boolean => textOf(startOf(network)) === textOf(network)

/** Whether the text is a CIDR without bits after its prefix, or an address. */
export const isNetwork = (text: string): boolean => {
  const network = readNetwork(text)
  return network !== null && isComplete(network)
}

const checkedNetwork = (given: string): string => {
  const text = given.trim()
  const network = readNetwork(text)
  if (network === null)
    throw new Refusal('INVALID_INPUT', `"${text.slice(0, MAX_QUOTED)}" is not a network.`, {
      hint: 'Write a network as 192.0.2.0/24 or 2001:db8::/32, or a single address.',
    })
  if (!isComplete(network))
    throw new Refusal(
      'INVALID_INPUT',
      `"${text}" has bits set after its prefix of ${network.prefix}. The network begins at ${textOf(startOf(network))}.`,
    )
  return textOf(unmapped(network))
}

/** The networks without duplicates, in a form that Postgres reads. Throws Refusal INVALID_INPUT. */
export const checkedNetworks = (given: readonly string[]): readonly string[] => {
  const networks = [...new Set(given.map(checkedNetwork))]
  if (networks.length <= MAX_NETWORKS) return networks
  throw new Refusal('INVALID_INPUT', `There can be at most ${MAX_NETWORKS} networks, not ${networks.length}.`)
}

/** @param networks as stored; none: null, which stands for every address */
export const networkSetOf = (networks: readonly string[]): NetworkSet | null => {
  if (networks.length === 0) return null
  // SQL by hand can store an IPv4-mapped network.
  const known = networks.flatMap((text) => {
    const network = readNetwork(text)
    return network === null ? [] : [unmapped(network)]
  })
  return (text) => {
    // The zone of a link-local address names an interface of this machine.
    const found = readAddress(text.replace(/%.*$/, ''))
    if (found === null) return false
    const { address } = networkOf(found)
    return known.some(
      (network) =>
        network.address.kind() === address.kind() && address.match(network.address, network.prefix),
    )
  }
}

/** What the audit log records of a change. */
export const networkChange = (
  given: readonly string[] | undefined,
  before: readonly string[],
  networks: readonly string[],
): Readonly<Record<string, unknown>> => (given === undefined ? {} : { networks, networksBefore: before })

interface Bounds {
  readonly ofKey: readonly string[]
  readonly ofRole: readonly string[]
}

const KEY_BOUNDS_SQL = `select k.networks::text[] as "ofKey", r.networks::text[] as "ofRole"
  from tenantry.api_keys k join tenantry.roles r on r.id = k.role_id where k.workspace_id = $1 and k.id = $2`

const MEMBER_BOUNDS_SQL = `select '{}'::text[] as "ofKey", r.networks::text[] as "ofRole"
  from tenantry.roles r where r.id = tenantry.member_role($1, $2)`

/**
 * After a change: refuses one that shuts out the address of the caller, unless the caller accepts that.
 * Operators are not bound, also while they act as a member.
 */
export const refuseLockOut = async (
  client: ClientBase,
  workspaceId: string,
  actor: Actor | undefined,
): Promise<void> => {
  if (actor?.source === undefined || actor.acceptsLockOut === true || actor.impersonator !== undefined) return
  const { address } = actor.source
  const { keyId, workspaceMemberId } = actor
  const [sql, id] = keyId == null ? [MEMBER_BOUNDS_SQL, workspaceMemberId] : [KEY_BOUNDS_SQL, keyId]
  const { rows } = await client.query<Bounds>(sql, [workspaceId, id])
  const sets = rows.flatMap(({ ofKey, ofRole }) => [networkSetOf(ofKey), networkSetOf(ofRole)])
  if (sets.every((contains) => contains === null || contains(address))) return
  throw new PermissionRefusal(
    'NETWORKS_EXCLUDE_CALLER',
    `You would lock yourself out: ${address.slice(0, MAX_QUOTED)} is in none of the networks.`,
    { hint: 'Add a network with this address, or repeat the change with "force": true.' },
  )
}
