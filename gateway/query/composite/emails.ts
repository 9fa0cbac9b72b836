// E-mail addresses: in lower case, so that one address is one value; addresses and domains in any script (RFC 6531).

import { domainToASCII } from 'node:url'
import { bad, type Normal, shown, withItems, withText } from './parts.ts'

/** One `@`, no spaces, no control characters; quoted local parts are not worth their trouble. */
const ADDRESS = /^[^\s@<>()[\],;:\\"\p{Cc}]{1,64}@([^\s@]{1,253})$/u
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

const isAddress = (text: string): boolean => {
  const domain = ADDRESS.exec(text)?.[1]
  if (domain === undefined || text.startsWith('.') || text.includes('..') || text.includes('.@')) return false
  const host = domainToASCII(domain)
  // A top-level domain of digits alone would be an IP address.
  return HOST.test(host) && !/\.\d+$/.test(host)
}

const normalAddress = (value: unknown, path: string): string => {
  const text = typeof value === 'string' ? value.trim().normalize('NFC').toLowerCase() : null
  if (text === null || !isAddress(text))
    throw bad(`Invalid string value '${shown(value)}' for email field "${path}"`)
  return text
}

export const normalEmails: Normal = (given, path) =>
  withItems(
    withText(given, 'primaryEmail', (text) => normalAddress(text, `${path}.primaryEmail`)),
    'additionalEmails',
    path,
    (item) => normalAddress(item, `${path}.additionalEmails`),
  )
