// E-mail addresses: in lower case, their domains in their own script and without a final dot, so that one
// address is one value; addresses and domains in any script (RFC 6531).

import { domainToUnicode } from 'node:url'
import { hostOf } from './host.ts'
import { bad, type Normal, withItems, withText } from './parts.ts'
import { shown } from './shown.ts'

/** One `@`, no spaces, no control characters; quoted local parts are not supported. */
const ADDRESS = /^([^\s@<>()[\],;:\\"\p{Cc}]{1,64})@([^\s@]{1,254})$/u

/** Null for an invalid address. */
export const normalEmail = (given: string): string | null => {
  const [, name = '', domain = ''] = ADDRESS.exec(given.trim().normalize('NFC').toLowerCase()) ?? []
  const host =
    name === '' || name.startsWith('.') || name.endsWith('.') || name.includes('..') ? null : hostOf(domain)
  return host === null ? null : `${name}@${domainToUnicode(host) || host}`
}

const normalAddress = (value: unknown, path: string): string => {
  const address = typeof value === 'string' ? normalEmail(value) : null
  if (address === null) throw bad(`Invalid string value '${shown(value)}' for email field "${path}"`)
  return address
}

export const normalEmails: Normal = (given, path) =>
  withItems(
    withText(given, 'primaryEmail', (text) => normalAddress(text, `${path}.primaryEmail`)),
    'additionalEmails',
    path,
    (item) => normalAddress(item, `${path}.additionalEmails`),
  )
