// Validates and normalises composite values, of records and of default values: from the given sub-fields to
// the sub-fields to store, including derived ones. Sub-fields without a value stay absent.

import { COMPOSITES, type Composite, type CompositeType } from '../compositeType.ts'
import { normalEmail, normalEmails } from './emails.ts'
import { normalLinks, normalUrl } from './links.ts'
import type { Normal, Parts } from './parts.ts'
import { normalPhones } from './phones.ts'
import { normalRichText } from './richText.ts'

const NORMALS: Readonly<Record<NonNullable<Composite['normal']>, Normal>> = {
  emails: normalEmails,
  links: normalLinks,
  phones: normalPhones,
  richText: normalRichText,
}

/**
 * Throws ValueRefusal in the contract's words.
 * @param path the field's name
 */
export const normalParts = (type: CompositeType, given: Parts, path: string): Parts => {
  const { normal } = COMPOSITES[type]
  return normal === undefined ? given : NORMALS[normal](given, path)
}

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
