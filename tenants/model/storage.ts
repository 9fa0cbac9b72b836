// How each field type of the API is stored in Postgres. The DDL compiler writes these types and the model
// derivation recognises them, so that a composite made by hand in SQL reads exactly like one of ours. Names
// of objects and fields are in name.ts, defaults and constraints in ddl.ts.

interface Scalar {
  /** The column's type in DDL; null if the field's options or settings decide. */
  readonly ddl: string | null
  /** Names in `pg_type` of columns that read as this type. Lists and enums are recognised by their kind. */
  readonly reads: readonly string[]
  /** Method of an index on the column. */
  readonly index: 'BTREE' | 'GIN'
  readonly isUniqueable: boolean
  /** Whether records can be ordered and grouped by it. */
  readonly isOrdered: boolean
  /** Its values are options: labels of an enum type. */
  readonly hasOptions?: true
  readonly isList?: boolean
  /** A day or an instant, which groups by month, week, … */
  readonly isDate?: true
  /** Its values are JSON where others are text: in the path of a record. */
  readonly isJson?: true
  /** Postgres prints default values of it in its own spelling. */
  readonly isRespelt?: true
  /** Only the gateway creates such fields. */
  readonly isInternal?: true
}

const plain = { index: 'BTREE', isUniqueable: true, isOrdered: true } as const
const list = { index: 'GIN', isUniqueable: false, isOrdered: true, isList: true, isJson: true } as const

const TYPES = {
  UUID: { ddl: 'uuid', reads: ['uuid'], ...plain, isRespelt: true },
  TEXT: { ddl: 'text', reads: [], ...plain },
  NUMBER: { ddl: null, reads: ['int2', 'int4', 'int8', 'float4', 'float8'], ...plain },
  NUMERIC: { ddl: 'numeric', reads: ['numeric'], ...plain },
  BOOLEAN: { ddl: 'boolean', reads: ['bool'], ...plain, isUniqueable: false },
  DATE: { ddl: 'date', reads: ['date'], ...plain, isDate: true, isRespelt: true },
  DATE_TIME: {
    ddl: 'timestamptz',
    reads: ['timestamp', 'timestamptz'],
    ...plain,
    isDate: true,
    isRespelt: true,
  },
  SELECT: { ddl: null, reads: [], ...plain, hasOptions: true },
  MULTI_SELECT: { ddl: null, reads: [], ...list, hasOptions: true },
  RATING: { ddl: null, reads: [], ...plain, hasOptions: true, isUniqueable: false },
  ARRAY: { ddl: 'text[]', reads: [], ...list },
  RAW_JSON: { ddl: 'jsonb', reads: ['json', 'jsonb'], ...list, isList: false, isOrdered: false },
  POSITION: { ddl: 'double precision', reads: [], ...plain, isInternal: true },
  TS_VECTOR: {
    ddl: 'tsvector',
    reads: ['tsvector'],
    ...plain,
    index: 'GIN',
    isOrdered: false,
    isInternal: true,
  },
} as const satisfies Readonly<Record<string, Scalar>>

export type ScalarType = keyof typeof TYPES

/** Types that fill one column. A column that none of them reads is TEXT. */
export const SCALARS: Readonly<Record<ScalarType, Scalar>> = TYPES

export const isScalar = (type: string): type is ScalarType => Object.hasOwn(SCALARS, type)

export const SCALAR_TYPES: readonly ScalarType[] = Object.keys(SCALARS).filter(isScalar)

/** A type that fills several columns and reads as one object. */
export type CompositeType =
  | 'FULL_NAME'
  | 'EMAILS'
  | 'PHONES'
  | 'LINKS'
  | 'CURRENCY'
  | 'ADDRESS'
  | 'ACTOR'
  | 'RICH_TEXT'

export type RelationType = 'RELATION' | 'MORPH_RELATION'

export type FieldType = ScalarType | CompositeType | RelationType

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
}

const text = (name: string, suffix: string, more: Partial<CompositePart> = {}): CompositePart => ({
  name,
  suffix,
  type: 'TEXT',
  sql: 'text',
  blank: '',
  ...more,
})
const json = (name: string, suffix: string, blank: '[]' | '{}'): CompositePart => ({
  name,
  suffix,
  type: 'RAW_JSON',
  sql: 'jsonb',
  blank,
})
const numeric = (name: string, suffix: string): CompositePart => ({
  name,
  suffix,
  type: 'NUMERIC',
  sql: 'numeric',
  blank: null,
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

export const COMPOSITES: Readonly<Record<CompositeType, readonly CompositePart[]>> = {
  FULL_NAME: [text('firstName', 'first_name'), text('lastName', 'last_name')],
  EMAILS: [
    text('primaryEmail', 'primary_email', { unique: true }),
    json('additionalEmails', 'additional_emails', '[]'),
  ],
  PHONES: [
    text('primaryPhoneNumber', 'primary_phone_number', { unique: true }),
    text('primaryPhoneCountryCode', 'primary_phone_country_code', { unique: true }),
    text('primaryPhoneCallingCode', 'primary_phone_calling_code', { unique: true }),
    json('additionalPhones', 'additional_phones', '[]'),
  ],
  LINKS: [
    text('primaryLinkLabel', 'primary_link_label'),
    text('primaryLinkUrl', 'primary_link_url', { unique: true }),
    json('secondaryLinks', 'secondary_links', '[]'),
  ],
  CURRENCY: [numeric('amountMicros', 'amount_micros'), text('currencyCode', 'currency_code')],
  ADDRESS: [
    text('addressStreet1', 'street1'),
    text('addressStreet2', 'street2'),
    text('addressCity', 'city'),
    text('addressPostcode', 'postcode'),
    text('addressState', 'state'),
    text('addressCountry', 'country'),
    numeric('addressLat', 'lat'),
    numeric('addressLng', 'lng'),
  ],
  ACTOR: [
    { name: 'source', suffix: 'source', type: 'SELECT', sql: 'enum', blank: null },
    {
      name: 'workspaceMemberId',
      suffix: 'workspace_member_id',
      type: 'UUID',
      sql: 'uuid',
      serverOnly: true,
      blank: null,
    },
    text('name', 'name', { serverOnly: true }),
    json('context', 'context', '{}'),
  ],
  RICH_TEXT: [text('blocknote', 'blocknote'), text('markdown', 'markdown')],
}

/** The GraphQL name of a composite's output type: `FULL_NAME` → `FullName`. */
export const COMPOSITE_GRAPHQL_NAMES: Readonly<Record<CompositeType, string>> = {
  FULL_NAME: 'FullName',
  EMAILS: 'Emails',
  PHONES: 'Phones',
  LINKS: 'Links',
  CURRENCY: 'Currency',
  ADDRESS: 'Address',
  ACTOR: 'Actor',
  RICH_TEXT: 'RichText',
}

export const isComposite = (type: string): type is CompositeType => Object.hasOwn(COMPOSITES, type)
