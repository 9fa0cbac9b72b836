// Validates and normalises composite values, of records and of default values: from the given sub-fields to
// the sub-fields to store, including derived ones. Sub-fields without a value stay absent.

import type { CompositeType } from '../storage.ts'
import { normalEmail, normalEmails } from './emails.ts'
import { normalLinks, normalUrl } from './links.ts'
import type { Normal, Parts } from './parts.ts'
import { normalPhones } from './phones.ts'
import { normalRichText } from './richText.ts'

const NORMALS: Readonly<Partial<Record<CompositeType, Normal>>> = {
  EMAILS: normalEmails,
  LINKS: normalLinks,
  PHONES: normalPhones,
  RICH_TEXT: normalRichText,
}

/**
 * Throws ValueRefusal in the contract's words.
 * @param path the field's name
 */
export const normalParts = (type: CompositeType, given: Parts, path: string): Parts =>
  NORMALS[type]?.(given, path) ?? given

/** Sub-fields whose texts have several spellings. */
const SPELLINGS: Readonly<Record<string, (text: string) => string | null>> = {
  primaryEmail: normalEmail,
  primaryLinkUrl: normalUrl,
}

/**
 * The stored spelling of a text that is compared with a sub-field. An invalid text stays as it is, and
 * matches nothing.
 */
export const normalSpelling = (part: string, text: string): string => SPELLINGS[part]?.(text) ?? text
