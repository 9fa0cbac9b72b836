// An entry of OUTBOUND_ALLOWED_HOSTS: a name, an address or a range.

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export const isAllowedHost = (text: string): boolean =>
  ipaddr.isValidCIDR(text) || isIP(text) !== 0 || /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(text)
