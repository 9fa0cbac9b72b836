// Host names, in any script and case: the ASCII form without a final dot, or null if it cannot be a host in
// the public DNS.

import { domainToASCII } from 'node:url'

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const HOST = new RegExp(`^(?:${LABEL}\\.)+${LABEL}$`)
const MAX_LENGTH = 253

export const hostOf = (name: string): string | null => {
  const host = domainToASCII(name.replace(/\.$/, ''))
  // A top-level domain of digits alone would be an IP address.
  return host.length <= MAX_LENGTH && HOST.test(host) && !/\.\d+$/.test(host) ? host : null
}

/** Hosts of URLs may contain underscores and consist of one label. */
const URL_LABEL = LABEL.replaceAll('a-z0-9', 'a-z0-9_')
const URL_HOST = new RegExp(`^(?:${URL_LABEL}\\.)*${URL_LABEL}\\.?$`)
const IP_ADDRESS = /^(?:\[[0-9a-f:.]+\]|\d{1,3}(?:\.\d{1,3}){3})$/

/**
 * Whether a URL's host is valid: a name, also of a private network (`https://intranet`), or an IP address as
 * written. URL itself reads `https://1` as 0.0.0.1 and accepts commas.
 *
 * @param hostname as parsed by `URL`
 * @param origin as the caller wrote it
 */
export const isHostOfUrl = (hostname: string, origin: string): boolean =>
  IP_ADDRESS.test(hostname)
    ? origin.toLowerCase().includes(hostname)
    : hostname.length <= MAX_LENGTH + 1 && URL_HOST.test(hostname)
