// Where requests may go: public addresses, and what OUTBOUND_ALLOWED_HOSTS opens. Never the gateway itself,
// its Postgres or its Redis, and never link-local addresses, behind which clouds keep credentials.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { type IpAddress, readAddress } from '../../tenants/permission/address.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** All addresses of a name. Rejects if it has none. */
export type Resolve = (name: string) => Promise<readonly string[]>

export interface AddressRules {
  /**
   * The addresses behind a host that a request may connect to, all of them checked. Throws AddressRefused.
   * @param host a name or an address, without brackets
   */
  readonly addressesOf: (host: string, port: number) => Promise<readonly string[]>
  /** Whether the host is reached by an address that is not public; known after `addressesOf`. */
  readonly isPrivate: (host: string) => boolean
}

interface AddressOptions {
  /** Names and CIDRs. */
  readonly allowedHosts: readonly string[]
  /** Own servers. */
  readonly closed: () => readonly Endpoint[]
  readonly resolve?: Resolve
}

export class AddressRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AddressRefused'
  }
}

const resolveName: Resolve = async (name) =>
  (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address)

/** IPv4 addresses in IPv6 notation are IPv4 addresses. A zone names an interface of this machine. */
const parse = (text: string): IpAddress => {
  const address = readAddress(text.split('%')[0] ?? '')
  if (address === null) throw new AddressRefused(`${text} is not an IP address`)
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

/** The only IPv6 addresses that are routed (RFC 4291 §2.4), less the ones that carry IPv4 or mean nothing. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3')
const NOT_PUBLIC = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '5f00::/16'].map((text) =>
  ipaddr.parseCIDR(text),
)
const NOT_PUBLIC_IPV4 = ['192.0.0.0/24', '192.88.99.0/24', '198.18.0.0/15', '240.0.0.0/4'].map((text) =>
  ipaddr.parseCIDR(text),
)
/** Link-local addresses, and the addresses by which clouds serve metadata elsewhere. */
const NEVER = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  '100.100.100.200/32',
].map((text) => ipaddr.parseCIDR(text))

type Range = ReturnType<typeof ipaddr.parseCIDR>

const isIn = (address: IpAddress, [network, bits]: Range): boolean =>
  address.kind() === network.kind() && address.match([network, bits] as never)

const isPublic = (address: IpAddress): boolean =>
  address.range() === 'unicast' &&
  (address.kind() === 'ipv4'
    ? !NOT_PUBLIC_IPV4.some((range) => isIn(address, range))
    : isIn(address, GLOBAL_IPV6) && !NOT_PUBLIC.some((range) => isIn(address, range)))

const ownAddresses = (): ReadonlySet<string> =>
  new Set(
    Object.values(networkInterfaces()).flatMap((each) =>
      (each ?? []).map(({ address }) => parse(address).toString()),
    ),
  )

/** Whether a connection to the address ends at this machine. */
const isOwn = (address: IpAddress): boolean =>
  ['loopback', 'unspecified'].includes(address.range()) || ownAddresses().has(address.toString())

const withoutDot = (name: string): string => name.toLowerCase().replace(/\.$/, '')

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'redis:': 6379,
  'rediss:': 6379,
}

/** The server behind a URL. */
export const endpointOf = (text: string): Endpoint => {
  const { hostname, port, protocol } = new URL(text)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { host: host === '' ? 'localhost' : host, port: Number(port) || (DEFAULT_PORTS[protocol] ?? 0) }
}

const rangeOf = (text: string): Range => {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  const address = parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128] as Range
}

export const createAddressRules = (options: AddressOptions): AddressRules => {
  const { allowedHosts, closed, resolve = resolveName } = options
  const isRange = (text: string): boolean => ipaddr.isValidCIDR(text) || isIP(text) !== 0
  const ranges = allowedHosts.filter(isRange).map(rangeOf)
  const names = new Set(allowedHosts.filter((text) => !isRange(text)).map(withoutDot))
  const privateHosts = new Set<string>()

  const addressesBehind = async (host: string): Promise<readonly string[]> =>
    isIP(host.split('%')[0] ?? '') === 0 ? resolve(host) : [host]

  const isClosed = async (address: IpAddress, port: number): Promise<boolean> => {
    for (const endpoint of closed()) {
      if (endpoint.port !== port) continue
      const targets = await addressesBehind(endpoint.host).catch(() => [])
      for (const target of targets.map(parse))
        if (target.toString() === address.toString() || (isOwn(target) && isOwn(address))) return true
    }
    return false
  }

  const check = async (host: string, text: string, port: number): Promise<void> => {
    const address = parse(text)
    if (NEVER.some((range) => isIn(address, range)))
      throw new AddressRefused(`link-local address ${text} is not allowed`)
    if (await isClosed(address, port))
      throw new AddressRefused(`${text}:${port} belongs to the gateway and is not allowed`)
    if (isPublic(address)) return
    if (!names.has(withoutDot(host)) && !ranges.some((range) => isIn(address, range)))
      throw new AddressRefused(`internal IP address ${text} is not allowed`)
    privateHosts.add(host)
  }

  return {
    addressesOf: async (host, port) => {
      privateHosts.delete(host)
      const addresses = await addressesBehind(host)
      if (addresses.length === 0) throw new AddressRefused(`${host} has no address`)
      for (const address of addresses) await check(host, address, port)
      return addresses
    },
    isPrivate: (host) => privateHosts.has(host),
  }
}
