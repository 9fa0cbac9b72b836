// Validates and normalises composite values: from the given sub-fields to the sub-fields to write, including
// derived ones. Sub-fields without a value stay absent.

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
