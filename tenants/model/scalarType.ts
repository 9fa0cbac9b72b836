// Field types of one column: how each is stored in Postgres and what else sets it apart. The DDL compiler
// writes these columns and the model derivation recognises them. Other code asks for a property of a type,
// never for the type by its name.

/** What a value is. Types of one kind are read, written, filtered and documented alike. */
export type ValueKind =
  | 'uuid'
  | 'text'
  | 'number'
  | 'boolean'
  | 'day'
  | 'instant'
  | 'option'
  | 'options'
  | 'texts'
  | 'json'
  | 'searchVector'

/** How text is searched: as words, as an address whose parts are words too, or by the digits of phones. */
export type Wording = 'words' | 'address' | 'digits'

export interface Scalar {
  readonly value: ValueKind
  readonly description: string
  /** The column's type in DDL; null if the field's options or settings decide. */
  readonly ddl: string | null
  /** Names in `pg_type` of columns that read as this type; READ_BY_FORM has the other columns. */
  readonly reads: readonly string[]
  /** Method of an index on the column. */
  readonly index: 'BTREE' | 'GIN'
  /** Names of its type and of its filter in GraphQL, unless the column's type has others. */
  readonly graphql: readonly [type: string, filter: string]
  readonly isUniqueable: boolean
  /** Whether records can be ordered and grouped by it. */
  readonly isOrdered: boolean
  /** Its values are labels of an enum type: options of the field, or these. */
  readonly options?: 'own' | readonly string[]
  readonly isList?: boolean
  /** A day or an instant, which groups by month, week, … */
  readonly isDate?: true
  /** Its values are JSON where others are text: in the path of a record. */
  readonly isJson?: true
  /** Postgres prints default values of it in its own spelling. */
  readonly isRespelt?: true
  /** Only the gateway creates such fields. */
  readonly isInternal?: true
  /** The setting `dataType` chooses the column's type. */
  readonly hasDataType?: true
  /** A place in a manual order: before or behind all others, and never null. */
  readonly isPlace?: true
  /** Can name a record. */
  readonly isLabel?: true
  readonly search?: Wording
  /** Why clients cannot create such a field, by its name. */
  readonly notCreated?: (name: string) => string
}

/** The options of every rating, fixed by the server. */
export const RATINGS: readonly string[] = ['RATING_1', 'RATING_2', 'RATING_3', 'RATING_4', 'RATING_5']

const plain = { index: 'BTREE', isUniqueable: true, isOrdered: true } as const
const list = { index: 'GIN', isUniqueable: false, isOrdered: true, isList: true, isJson: true } as const
const option = {
  value: 'option',
  ddl: null,
  reads: [],
  graphql: ['String', 'SelectFilter'],
  ...plain,
} as const

const TYPES = {
  UUID: {
    value: 'uuid',
    description: 'An id.',
    ddl: 'uuid',
    reads: ['uuid'],
    graphql: ['UUID', 'UUIDFilter'],
    ...plain,
    isRespelt: true,
  },
  TEXT: {
    value: 'text',
    description: 'A text.',
    ddl: 'text',
    reads: [],
    graphql: ['String', 'StringFilter'],
    ...plain,
    isLabel: true,
    search: 'words',
  },
  NUMBER: {
    value: 'number',
    description: 'A number.',
    ddl: null,
    reads: ['int2', 'int4', 'int8', 'float4', 'float8'],
    graphql: ['Float', 'FloatFilter'],
    ...plain,
    hasDataType: true,
  },
  NUMERIC: {
    value: 'number',
    description: 'A decimal number of any length.',
    ddl: 'numeric',
    reads: ['numeric'],
    graphql: ['BigFloat', 'BigFloatFilter'],
    ...plain,
    notCreated: () => 'Field type NUMERIC is not supported for field creation. Use NUMBER instead.',
  },
  BOOLEAN: {
    value: 'boolean',
    description: 'True or false.',
    ddl: 'boolean',
    reads: ['bool'],
    graphql: ['Boolean', 'BooleanFilter'],
    ...plain,
    isUniqueable: false,
  },
  DATE: {
    value: 'day',
    description: 'A day.',
    ddl: 'date',
    reads: ['date'],
    graphql: ['Date', 'DateFilter'],
    ...plain,
    isDate: true,
    isRespelt: true,
  },
  DATE_TIME: {
    value: 'instant',
    description: 'An instant.',
    ddl: 'timestamptz',
    reads: ['timestamp', 'timestamptz'],
    graphql: ['DateTime', 'DateTimeFilter'],
    ...plain,
    isDate: true,
    isRespelt: true,
  },
  SELECT: { ...option, description: 'One of the options.', options: 'own' },
  MULTI_SELECT: {
    value: 'options',
    description: 'Some of the options.',
    ddl: null,
    reads: [],
    graphql: ['String', 'SelectFilter'],
    ...list,
    options: 'own',
  },
  RATING: { ...option, description: 'One of the ratings.', options: RATINGS, isUniqueable: false },
  ARRAY: {
    value: 'texts',
    description: 'A list of texts.',
    ddl: 'text[]',
    reads: [],
    graphql: ['String', 'ArrayFilter'],
    ...list,
  },
  RAW_JSON: {
    value: 'json',
    description: 'JSON of any form.',
    ddl: 'jsonb',
    reads: ['json', 'jsonb'],
    graphql: ['JSON', 'RawJsonFilter'],
    ...list,
    isList: false,
    isOrdered: false,
  },
  POSITION: {
    value: 'number',
    description: 'Place in a manual order.',
    ddl: 'double precision',
    reads: [],
    graphql: ['Position', 'FloatFilter'],
    ...plain,
    isInternal: true,
    isPlace: true,
    notCreated: (name) =>
      `Field type POSITION must be ${name === 'position' ? 'a system field' : 'named "position"'}`,
  },
  TS_VECTOR: {
    value: 'searchVector',
    description: 'The words that full-text search finds the record by.',
    ddl: 'tsvector',
    reads: ['tsvector'],
    graphql: ['TSVector', 'TSVectorFilter'],
    ...plain,
    index: 'GIN',
    isOrdered: false,
    isInternal: true,
    notCreated: () => 'TS Vector is not supported for field creation',
  },
} as const satisfies Readonly<Record<string, Scalar>>

export type ScalarType = keyof typeof TYPES

/** Types that fill one column. */
export const SCALARS: Readonly<Record<ScalarType, Scalar>> = TYPES

/** Types of columns that no name in `reads` decides. */
export const READ_BY_FORM = {
  options: 'MULTI_SELECT',
  option: 'SELECT',
  rating: 'RATING',
  list: 'ARRAY',
  /** `position` of an object of ours. */
  place: 'POSITION',
  other: 'TEXT',
} as const satisfies Readonly<Record<string, ScalarType>>

export const isScalar = (type: string): type is ScalarType => Object.hasOwn(SCALARS, type)

export const SCALAR_TYPES: readonly ScalarType[] = Object.keys(SCALARS).filter(isScalar)

/** The kind of a type's values; undefined for types of other than one column. */
export const valueKindOf = (type: string): ValueKind | undefined =>
  isScalar(type) ? SCALARS[type].value : undefined

/** Whether clients give the options of such a field. */
export const hasOwnOptions = (type: string): boolean => isScalar(type) && SCALARS[type].options === 'own'

/** Whether the setting `dataType` chooses the column's type. */
export const hasDataType = (type: string): boolean => isScalar(type) && SCALARS[type].hasDataType === true
