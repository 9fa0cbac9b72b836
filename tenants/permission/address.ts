// Reads IP addresses in the notations of Node. ipaddr.js alone also reads `1.2`, `0x7f.1` and octal numbers.

import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6

/** In groups alone: ipaddr.js reads `::1.2.3.4` as an IPv4-mapped address. */
const grouped = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1)

/** Null for a text that is not an address, and for one with a zone (`fe80::1%eth0`). */
export const readAddress = (text: string): IpAddress | null => {
  if (isIPv4(text)) return ipaddr.IPv4.parse(text)
  return isIPv6(text) && !text.includes('%') ? ipaddr.IPv6.parse(grouped(text)) : null
}
