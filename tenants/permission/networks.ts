// Networks that a key or a role may be used from: CIDRs and single addresses of IPv4 and IPv6, checked on
// input and compared with addresses of callers. An IPv4-mapped IPv6 address or network is the IPv4 one.

import { isIPv4, isIPv6 } from 'node:net'
import type { ClientBase } from 'pg'
import { Refusal } from '../refusal.ts'
import type { Actor } from './actor.ts'
import { PermissionRefusal } from './refusal.ts'

/** Of a key or a role. */
export const MAX_NETWORKS = 100
/** `2001:0db8:…/128` has 43 characters. */
const MAX_QUOTED = 60

interface Address {
  /** 32 or 128. */
  readonly width: number
  readonly value: bigint
}

interface Network extends Address {
  /** Bits that all its addresses share. */
  readonly prefix: number
}

/** Whether an address, as text, is in one of the networks. */
export type NetworkSet = (address: string) => boolean

const joined = (groups: readonly string[], bits: bigint, radix: '' | '0x'): bigint =>
  groups.reduce((sum, group) => (sum << bits) | BigInt(`${radix}${group}`), 0n)

const valueOfIPv4 = (text: string): bigint => joined(text.split('.'), 8n, '')

/** The last two groups may be written as an IPv4 address. */
const valueOfIPv6 = (text: string): bigint => {
  const [, start = '', dotted] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? []
  const low = dotted === undefined ? 0n : valueOfIPv4(dotted)
  const groups =
    dotted === undefined ? text : `${start}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`
  const [head = [], tail] = groups.split('::').map((part) => (part === '' ? [] : part.split(':')))
  if (tail === undefined) return joined(head, 16n, '0x')
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return joined([...head, ...zeros, ...tail], 16n, '0x')
}

/** As written; null for a text that is not an address. */
const readAddress = (text: string): Address | null => {
  if (isIPv4(text)) return { width: 32, value: valueOfIPv4(text) }
  return isIPv6(text) && !text.includes('%') ? { width: 128, value: valueOfIPv6(text) } : null
}

const isMapped = ({ width, value }: Address): boolean => width === 128 && value >> 32n === 0xffffn

const unmapped = (network: Network): Network =>
  isMapped(network) && network.prefix >= 96
    ? { width: 32, value: network.value & 0xffff_ffffn, prefix: network.prefix - 96 }
    : network

/** An IPv4-mapped address in any notation as the IPv4 one; other texts as they are. */
export const plainAddress = (text: string): string => {
  const found = readAddress(text)
  if (found === null || !isMapped(found)) return text
  return textOf(unmapped({ ...found, prefix: found.width })).replace(/\/.*$/, '')
}

const startOf = ({ width, value, prefix }: Network): bigint => {
  const hostBits = BigInt(width - prefix)
  return (value >> hostBits) << hostBits
}

/** In a form that Postgres reads; it stores the shortest one. */
const textOf = ({ width, value, prefix }: Network): string => {
  const [bits, radix, separator] = width === 32 ? ([8n, 10, '.'] as const) : ([16n, 16, ':'] as const)
  const count = width / Number(bits)
  const groups = Array.from({ length: count }, (_, index) =>
    ((value >> (bits * BigInt(count - 1 - index))) & ((1n << bits) - 1n)).toString(radix),
  )
  return `${groups.join(separator)}/${prefix}`
}

/** Null for a text that is not a network. */
const readNetwork = (text: string): Network | null => {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const found = readAddress(address)
  if (found === null) return null
  const prefix = bits === undefined ? found.width : Number(bits)
  return prefix > found.width ? null : { ...found, prefix }
}

/** Whether the text is a CIDR without bits after its prefix, or an address. */
export const isNetwork = (text: string): boolean => {
  const network = readNetwork(text)
  return network !== null && startOf(network) === network.value
}

const checkedNetwork = (given: string): string => {
  const text = given.trim()
  const network = readNetwork(text)
  if (network === null)
    throw new Refusal('INVALID_INPUT', `"${text.slice(0, MAX_QUOTED)}" is not a network.`, {
      hint: 'Write a network as 192.0.2.0/24 or 2001:db8::/32, or a single address.',
    })
  const value = startOf(network)
  if (value !== network.value)
    throw new Refusal(
      'INVALID_INPUT',
      `"${text}" has bits set after its prefix of ${network.prefix}. The network begins at ${textOf({ ...network, value })}.`,
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
    const address = unmapped({ ...found, prefix: found.width })
    return known.some(
      ({ width, value, prefix }) => width === address.width && startOf({ ...address, prefix }) === value,
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
