// Field types as the console shows them: label, hint, sub-fields and inputs. What a type allows is up to the
// gateway; this only chooses the inputs.

import type { FieldType as StoredType } from '../../../tenants/model/fieldType.ts'
import type { FieldMetadataType } from '../objects.graphql.ts'

export type FieldType = FieldMetadataType

/** A sub-field of a composite, and its input. */
export interface Part {
  readonly name: string
  readonly label: string
  readonly kind: 'text' | 'longText' | 'number' | 'micros' | 'list' | 'rows' | 'readOnly'
  /** For `rows`: the columns of an entry. */
  readonly columns?: readonly { readonly name: string; readonly label: string }[]
  /** For `rows`: label of the button that adds an entry. */
  readonly addLabel?: string
}

interface TypeEntry {
  readonly label: string
  readonly hint: string
  /** Offered for new fields. */
  readonly isOffered: boolean
  readonly mayBeUnique: boolean
  /** Input of its default value; null if it cannot have one. */
  readonly defaultInput:
    | 'text'
    | 'number'
    | 'boolean'
    | 'date'
    | 'options'
    | 'list'
    | 'json'
    | 'uuid'
    | 'parts'
    | null
  readonly parts: readonly Part[]
}

const part = (name: string, label: string, kind: Part['kind'] = 'text'): Part => ({ name, label, kind })

const rows = (
  name: string,
  label: string,
  addLabel: string,
  columns: Readonly<Record<string, string>>,
): Part => ({
  name,
  label,
  kind: 'rows',
  addLabel,
  columns: Object.entries(columns).map(([column, text]) => ({ name: column, label: text })),
})

const entry = (
  label: string,
  hint: string,
  defaultInput: TypeEntry['defaultInput'],
  more: Partial<TypeEntry> = {},
): TypeEntry => ({ label, hint, isOffered: true, mayBeUnique: false, parts: [], defaultInput, ...more })

const hidden = { isOffered: false } as const
const unique = { mayBeUnique: true } as const

export const FIELD_TYPES: Readonly<Record<FieldType | StoredType, TypeEntry>> = {
  TEXT: entry('Text', 'A line or a paragraph', 'text', unique),
  NUMBER: entry('Number', 'Whole numbers or floating point', 'number', unique),
  NUMERIC: entry('Exact number', 'Any number of digits, stored exactly', 'text', { ...hidden, ...unique }),
  BOOLEAN: entry('True or false', 'A switch', 'boolean'),
  DATE: entry('Date', 'A day, without a time', 'date', unique),
  DATE_TIME: entry('Date and time', 'An instant', 'date', unique),
  SELECT: entry('Select', 'One of several options', 'options', unique),
  MULTI_SELECT: entry('Multi-select', 'Any number of options', 'options'),
  RATING: entry('Rating', 'One to five stars', 'options'),
  RELATION: entry('Relation', 'Points to a record of one object', null),
  MORPH_RELATION: entry('Relation to several', 'Points to a record of one of several objects', null),
  CURRENCY: entry('Currency', 'An amount and its currency', 'parts', {
    parts: [part('amountMicros', 'Amount', 'micros'), part('currencyCode', 'Currency code')],
  }),
  FULL_NAME: entry('Full name', 'First and last name', 'parts', {
    parts: [part('firstName', 'First name'), part('lastName', 'Last name')],
  }),
  EMAILS: entry('E-mails', 'A primary address and more', 'parts', {
    ...unique,
    parts: [part('primaryEmail', 'E-mail'), part('additionalEmails', 'More e-mails', 'list')],
  }),
  PHONES: entry('Phones', 'A primary number and more', 'parts', {
    ...unique,
    parts: [
      part('primaryPhoneNumber', 'Number'),
      part('primaryPhoneCountryCode', 'Country code'),
      part('primaryPhoneCallingCode', 'Calling code'),
      rows('additionalPhones', 'More phones', 'Add a phone', {
        number: 'Number',
        countryCode: 'Country code',
        callingCode: 'Calling code',
      }),
    ],
  }),
  LINKS: entry('Links', 'A primary link and more', 'parts', {
    ...unique,
    parts: [
      part('primaryLinkUrl', 'URL'),
      part('primaryLinkLabel', 'Label'),
      rows('secondaryLinks', 'More links', 'Add a link', { url: 'URL', label: 'Label' }),
    ],
  }),
  ADDRESS: entry('Address', 'Street, city, country, position', 'parts', {
    parts: [
      part('addressStreet1', 'Street'),
      part('addressStreet2', 'Street, second line'),
      part('addressPostcode', 'Postcode'),
      part('addressCity', 'City'),
      part('addressState', 'State'),
      part('addressCountry', 'Country'),
      part('addressLat', 'Latitude', 'number'),
      part('addressLng', 'Longitude', 'number'),
    ],
  }),
  RICH_TEXT: entry('Rich text', 'A document, as Markdown', 'parts', {
    parts: [part('markdown', 'Markdown', 'longText'), part('blocknote', 'Editor document', 'readOnly')],
  }),
  ARRAY: entry('List of texts', 'Such as tags', 'list'),
  RAW_JSON: entry('JSON', 'Any JSON value', 'json'),
  UUID: entry('UUID', 'An identifier', 'uuid', unique),
  ACTOR: entry('Actor', 'Who wrote a record, and with which client', null, {
    parts: [
      part('name', 'Name', 'readOnly'),
      part('source', 'Source', 'readOnly'),
      part('workspaceMemberId', 'Member', 'readOnly'),
      part('context', 'Context', 'readOnly'),
    ],
  }),
  FILES: entry('Files', 'Not supported yet', null, hidden),
  POSITION: entry('Position', 'Manual order of records', null, hidden),
  TS_VECTOR: entry('Search vector', 'Index of the search', null, hidden),
}

export const typeLabel = (type: FieldType): string => FIELD_TYPES[type].label

export const OFFERED_TYPES = (Object.entries(FIELD_TYPES) as [FieldType, TypeEntry][])
  .filter(([, { isOffered }]) => isOffered)
  .map(([value, { label, hint }]) => ({ value, label, hint }))

/** Colors of options, by their API names. */
export const OPTION_COLORS = [
  'green',
  'turquoise',
  'sky',
  'blue',
  'purple',
  'pink',
  'red',
  'orange',
  'yellow',
  'gray',
] as const

const PALETTE: Readonly<Record<string, string>> = { turquoise: 'teal', sky: 'cyan', purple: 'grape' }

/** The theme's color for an option's color; gray for unknown ones. */
export const paletteColor = (color: string): string =>
  PALETTE[color] ?? (OPTION_COLORS.some((known) => known === color) ? color : 'gray')
