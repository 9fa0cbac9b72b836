// Field types of several columns that read as one object; one made by hand in SQL reads exactly like one of
// ours. Other code asks for a property of a type or of a part, never for the type by its name.

import type { ScalarType, Wording } from './scalarType.ts'

export type CompositeType =
  | 'FULL_NAME'
  | 'EMAILS'
  | 'PHONES'
  | 'LINKS'
  | 'CURRENCY'
  | 'ADDRESS'
  | 'ACTOR'
  | 'RICH_TEXT'

/** One column of a composite field: `<field>_<suffix>`. */
export interface CompositePart {
  /** The sub-field's name in the API. */
  readonly name: string
  /** Suffix of the column's name after the field's own snake_case name. */
  readonly suffix: string
  readonly type: ScalarType
  /** The column's type; `enum` stands for an enum type of the workspace. */
  readonly sql: 'text' | 'jsonb' | 'numeric' | 'uuid' | 'enum'
  /** Whether the unique index of a unique field is on this column. */
  readonly unique?: true
  /** Set by the server; clients may read it but not write it. */
  readonly serverOnly?: true
  /** What an absent value reads as in objects with `emptyStringForNull` (contract: `""`, `[]`, `{}`). */
  readonly blank: '' | '[]' | '{}' | null
  /** Makes the value non-empty: a country code without a number is not a phone. */
  readonly isDeciding?: true
  /** Has a sum, an average, a least and a greatest value. */
  readonly isSummed?: true
  /** A long document: it is searched, not compared. */
  readonly isDocument?: true
  readonly search?: Wording
  readonly example?: string | number
}

export interface Composite {
  /** Its output type in GraphQL; the names of its other types begin with it. */
  readonly graphqlName: string
  /** Its filter, where the contract has another name than `<Type>FilterInput`. */
  readonly graphqlFilter?: string
  readonly parts: readonly CompositePart[]
  /** How its parts are checked together, and completed (value/normal.ts). */
  readonly normal?: 'emails' | 'links' | 'phones' | 'richText'
  /** Can name a record, with all its parts. */
  readonly isLabel?: true
  /** The author of a write: the server fills it in, and a merge keeps it. */
  readonly isAuthor?: true
  /** Default value of a field created without one. */
  readonly defaultValue?: Readonly<Record<string, string>>
}

type More = Partial<CompositePart>

const text = (name: string, suffix: string, more: More = {}): CompositePart => ({
  name,
  suffix,
  type: 'TEXT',
  sql: 'text',
  blank: '',
  ...more,
})
const json = (name: string, suffix: string, blank: '[]' | '{}', more: More = {}): CompositePart => ({
  name,
  suffix,
  type: 'RAW_JSON',
  sql: 'jsonb',
  blank,
  ...more,
})
const numeric = (name: string, suffix: string, more: More = {}): CompositePart => ({
  name,
  suffix,
  type: 'NUMERIC',
  sql: 'numeric',
  blank: null,
  ...more,
})

/** Sources of a write that an ACTOR may name, in the order of the enum. */
export const ACTOR_SOURCES = [
  'EMAIL',
  'CALENDAR',
  'WORKFLOW',
  'AGENT',
  'API',
  'IMPORT',
  'MANUAL',
  'SYSTEM',
  'WEBHOOK',
  'APPLICATION',
] as const
export type ActorSource = (typeof ACTOR_SOURCES)[number]

/** The one enum that all objects of a workspace share. */
export const ACTOR_SOURCE_TYPE = 'actor_source'

const WORDS = { isDeciding: true, search: 'words' } as const
const DIGITS = { search: 'digits' } as const

export const COMPOSITES: Readonly<Record<CompositeType, Composite>> = {
  FULL_NAME: {
    graphqlName: 'FullName',
    isLabel: true,
    parts: [
      text('firstName', 'first_name', { ...WORDS, example: 'Ada' }),
      text('lastName', 'last_name', { ...WORDS, example: 'Lovelace' }),
    ],
  },
  EMAILS: {
    graphqlName: 'Emails',
    normal: 'emails',
    parts: [
      text('primaryEmail', 'primary_email', {
        unique: true,
        isDeciding: true,
        search: 'address',
        example: 'ada@example.com',
      }),
      json('additionalEmails', 'additional_emails', '[]', { search: 'address' }),
    ],
  },
  PHONES: {
    graphqlName: 'Phones',
    normal: 'phones',
    parts: [
      text('primaryPhoneNumber', 'primary_phone_number', {
        ...DIGITS,
        unique: true,
        isDeciding: true,
        example: '612345678',
      }),
      text('primaryPhoneCountryCode', 'primary_phone_country_code', { unique: true, example: 'FR' }),
      text('primaryPhoneCallingCode', 'primary_phone_calling_code', { ...DIGITS, unique: true }),
      json('additionalPhones', 'additional_phones', '[]', DIGITS),
    ],
  },
  LINKS: {
    graphqlName: 'Links',
    normal: 'links',
    parts: [
      text('primaryLinkLabel', 'primary_link_label', { search: 'words', example: 'Example' }),
      text('primaryLinkUrl', 'primary_link_url', {
        unique: true,
        isDeciding: true,
        search: 'address',
        example: 'https://example.com',
      }),
      json('secondaryLinks', 'secondary_links', '[]'),
    ],
  },
  CURRENCY: {
    graphqlName: 'Currency',
    parts: [
      numeric('amountMicros', 'amount_micros', { isDeciding: true, isSummed: true, example: 1_500_000_000 }),
      text('currencyCode', 'currency_code', { example: 'EUR' }),
    ],
  },
  ADDRESS: {
    graphqlName: 'Address',
    parts: [
      text('addressStreet1', 'street1', { ...WORDS, example: '1 Example Street' }),
      text('addressStreet2', 'street2', WORDS),
      text('addressCity', 'city', { ...WORDS, example: 'London' }),
      text('addressPostcode', 'postcode', WORDS),
      text('addressState', 'state', WORDS),
      text('addressCountry', 'country', { ...WORDS, example: 'United Kingdom' }),
      numeric('addressLat', 'lat'),
      numeric('addressLng', 'lng'),
    ],
  },
  ACTOR: {
    graphqlName: 'Actor',
    isAuthor: true,
    defaultValue: { source: "'MANUAL'", name: "''" },
    parts: [
      {
        name: 'source',
        suffix: 'source',
        type: 'SELECT',
        sql: 'enum',
        blank: null,
        isDeciding: true,
        example: 'IMPORT',
      },
      {
        name: 'workspaceMemberId',
        suffix: 'workspace_member_id',
        type: 'UUID',
        sql: 'uuid',
        serverOnly: true,
        blank: null,
      },
      text('name', 'name', { serverOnly: true, isDeciding: true }),
      json('context', 'context', '{}'),
    ],
  },
  RICH_TEXT: {
    graphqlName: 'RichText',
    graphqlFilter: 'RichTextFilter',
    normal: 'richText',
    parts: [
      text('blocknote', 'blocknote', { isDeciding: true, isDocument: true }),
      text('markdown', 'markdown', {
        isDeciding: true,
        isDocument: true,
        search: 'words',
        example: 'Something **important**',
      }),
    ],
  },
}

export const isComposite = (type: string): type is CompositeType => Object.hasOwn(COMPOSITES, type)

export const COMPOSITE_TYPES: readonly CompositeType[] = Object.keys(COMPOSITES).filter(isComposite)
