// Names of hosts. In: a name as people write it, in any script and case; out: its ASCII form without a final dot, or null where it
// cannot be the name of a host in the public DNS.

import { domainToASCII } from 'node:url'

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const MAX_LENGTH = 253

export const hostOf = (name: string): string | null => {
  const host = domainToASCII(name.replace(/\.$/, ''))
  // A top-level domain of digits alone would be an IP address.
  return host.length <= MAX_LENGTH && HOST.test(host) && !/\.\d+$/.test(host) ? host : null
}
