// Composite values, checked and brought into the one form in which they are kept. In: the sub-fields that
// were given; out: the sub-fields to write, others among them where one follows from another. Sub-fields that
// say nothing stay unnamed.

import type { CompositeField } from '../../../tenants/model/model.ts'
import type { CompositeType } from '../../../tenants/model/storage.ts'
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

/** Throws Problem BAD_USER_INPUT in the contract's words. */
export const normalComposite = (field: CompositeField, given: Parts): Parts =>
  NORMALS[field.type]?.(given, field.name) ?? given

/** Sub-fields whose texts are values in different spellings. */
const SPELLINGS: Readonly<Record<string, (text: string) => string | null>> = {
  primaryEmail: normalEmail,
  primaryLinkUrl: normalUrl,
}

/**
 * The spelling that is kept, of a text to compare with a sub-field. What could not be kept stays as it is,
 * and is not found.
 */
export const normalSpelling = (part: string, text: string): string => SPELLINGS[part]?.(text) ?? text
