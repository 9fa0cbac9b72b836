// Subdomains: short names of workspaces in URLs and on the command line. Generates candidates in order; the
// unique constraint decides which one is free.

import { randomBytes } from 'node:crypto'
import { Refusal } from './refusal.ts'
import { slugOf } from './slug.ts'

/** As in the check constraint of tenantry.workspaces. */
const VALID = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/
/** Leaves room for a number or a random suffix within 30 characters. */
const STEM_LENGTH = 21
const LAST_NUMBER = 9

export const isSubdomain = (text: string): boolean => VALID.test(text)

export const checkSubdomain = (subdomain: string): string => {
  if (isSubdomain(subdomain)) return subdomain
  throw new Refusal('INVALID_INPUT', `"${subdomain}" cannot be a subdomain.`, {
    hint: 'Use 1 to 30 lower-case letters, digits and hyphens, a letter or digit at both ends.',
  })
}

/** Endless: acme, acme-2 … acme-9, acme-3f9a1c2b … */
export function* subdomainsFor(name: string): Generator<string, never> {
  const stem = slugOf(name, '-', STEM_LENGTH, 'workspace')
  yield stem
  for (let number = 2; number <= LAST_NUMBER; number += 1) yield `${stem}-${number}`
  for (;;) yield `${stem}-${randomBytes(4).toString('hex')}`
}
