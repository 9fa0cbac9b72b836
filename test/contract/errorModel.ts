// Model changes that each break one rule with a sentence in the contract, as inputs of both metadata APIs.
// `$company`, `$person` and the like stand for ids of the tested workspace.

export interface ModelRow {
  readonly what: string
  readonly change: 'create' | 'update' | 'delete'
  readonly of: 'object' | 'field' | 'index'
  /** Of what is updated or deleted. */
  readonly id?: string
  readonly input?: Readonly<Record<string, unknown>>
  readonly text: string
  /** `extensions.code` over GraphQL; METADATA_VALIDATION_FAILED unless given. */
  readonly code?: string
  /** 400 unless given. */
  readonly status?: number
}

const LONG = 'a'.repeat(64)
const INVALID_NAME =
  'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters'
const RESERVED = 'This name is reserved. Use a different name or the system will add "Custom" suffix.'

const WIDGET = {
  nameSingular: 'widget',
  namePlural: 'widgets',
  labelSingular: 'Widget',
  labelPlural: 'Widgets',
  isLabelSyncedWithName: false,
}

const object = (
  what: string,
  input: Readonly<Record<string, unknown>>,
  text: string,
  status?: number,
): ModelRow => ({
  what: `an object with ${what}`,
  change: 'create',
  of: 'object',
  input: { ...WIDGET, ...input },
  text,
  ...(status === undefined ? {} : { status }),
})

const field = (
  what: string,
  input: Readonly<Record<string, unknown>>,
  text: string,
  status?: number,
): ModelRow => ({
  what: `a field with ${what}`,
  change: 'create',
  of: 'field',
  input: {
    objectMetadataId: '$company',
    name: 'extra',
    label: 'Extra',
    type: 'TEXT',
    isLabelSyncedWithName: false,
    ...input,
  },
  text,
  ...(status === undefined ? {} : { status }),
})

const OBJECTS: readonly ModelRow[] = [
  object('a capital', { nameSingular: 'Widget' }, INVALID_NAME),
  object('a space in its plural', { namePlural: 'wid gets' }, INVALID_NAME),
  object('no name', { nameSingular: '' }, 'Name is too short'),
  object('a long name', { namePlural: LONG }, 'Name is too long'),
  object('no label', { labelSingular: '' }, 'Object label is too short'),
  object('a long label', { labelPlural: LONG }, 'Object label is too long'),
  object('a reserved name', { nameSingular: 'event', namePlural: 'occurrences' }, RESERVED),
  object(
    'one name for one and many',
    { nameSingular: 'widgets' },
    'The singular and plural names cannot be the same for an object',
  ),
  object('the name of another one', { nameSingular: 'company' }, 'Object already exists'),
  object('the plural of another one', { namePlural: 'companies' }, 'Object already exists'),
  object(
    'names that its labels do not make',
    { labelSingular: 'Gadget', isLabelSyncedWithName: true },
    'Names are not synced with labels',
  ),
  object('a remote table', { isRemote: true }, 'Remote objects are not supported yet'),
  {
    what: 'the end of a standard object',
    change: 'delete',
    of: 'object',
    id: '$company',
    text: 'Standard objects cannot be deleted',
    status: 403,
  },
  {
    what: 'the end of a system object',
    change: 'delete',
    of: 'object',
    id: '$noteTarget',
    text: 'System objects cannot be deleted',
    status: 403,
  },
  {
    what: 'another label of a system object',
    change: 'update',
    of: 'object',
    id: '$noteTarget',
    input: { labelSingular: 'X' },
    text: 'System objects cannot be updated directly. Use overrides for cosmetic changes.',
    code: 'FORBIDDEN',
    status: 403,
  },
]

const FIELDS: readonly ModelRow[] = [
  field('a capital', { name: 'Extra' }, INVALID_NAME),
  field('no name', { name: '' }, 'Name is too short'),
  field('a long name', { name: LONG }, 'Name is too long'),
  field('no label', { label: '' }, 'Field label is too short'),
  field('a long label', { label: LONG }, 'Field label is too long'),
  field('a reserved name', { name: 'type' }, RESERVED),
  field(
    'the name of another one',
    { name: 'name' },
    'Name "name" is not available as it is already used by another field',
  ),
  field(
    'the name of a join column',
    { name: 'accountOwnerId' },
    'Name "accountOwnerId" is not available as it is already used by join column name',
  ),
  field(
    'a name that its label does not make',
    { isLabelSyncedWithName: true, label: 'Other' },
    'Name is not synced with label.',
  ),
  field('a search vector', { type: 'TS_VECTOR' }, 'TS Vector is not supported for field creation'),
  field(
    'an exact number',
    { type: 'NUMERIC' },
    'Field type NUMERIC is not supported for field creation. Use NUMBER instead.',
  ),
  field('a position of another name', { type: 'POSITION' }, 'Field type POSITION must be named "position"'),
  {
    what: 'the end of a standard field',
    change: 'delete',
    of: 'field',
    id: '$company.name',
    text: 'Cannot delete standard field "name"',
    code: 'BAD_USER_INPUT',
  },
]

const option = (value: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  value,
  label: 'One',
  position: 0,
  color: 'red',
  ...more,
})

const select = (
  what: string,
  options: unknown,
  text: string,
  defaultValue?: unknown,
  type = 'SELECT',
): ModelRow => field(what, { type, options, ...(defaultValue === undefined ? {} : { defaultValue }) }, text)

const OPTIONS: readonly ModelRow[] = [
  select('no options', undefined, 'Options are required for enum fields'),
  select('an empty list of options', [], 'Options are required for enum fields'),
  select(
    'an option in lower case',
    [option('one')],
    'Value must be in UPPER_CASE and follow snake_case "one"',
  ),
  select('a long option', [option('A'.repeat(64))], 'Option value exceeds 63 characters'),
  select('a comma in a label', [option('ONE', { label: 'a,b' })], 'Label must not contain a comma'),
  select('a long label of an option', [option('ONE', { label: LONG })], 'Option label exceeds 63 characters'),
  select('an option twice', [option('ONE'), option('ONE', { position: 1 })], 'Duplicated option value'),
  select('two options in one place', [option('ONE'), option('TWO')], 'Duplicated option position'),
  select('an option whose id is a word', [option('ONE', { id: 'x' })], 'Option id is invalid'),
  select('an unquoted default', [option('ONE')], 'Default value should be as quoted string', 'ONE'),
  select(
    'a default that is not an option',
    [option('ONE')],
    `Default value "'TWO'" must be one of the option values`,
    "'TWO'",
  ),
  select(
    'a single default of many',
    [option('ONE')],
    `Default value for multi-select must be an array got 'ONE'`,
    "'ONE'",
    'MULTI_SELECT',
  ),
  select(
    'no default of many',
    [option('ONE')],
    'If defined default value must contain at least one value',
    [],
    'MULTI_SELECT',
  ),
  select(
    'one default twice',
    [option('ONE')],
    'Default values must be unique',
    ["'ONE'", "'ONE'"],
    'MULTI_SELECT',
  ),
]

const PAYLOAD = {
  targetObjectMetadataId: '$person',
  targetFieldLabel: 'Firms',
  targetFieldIcon: 'IconX',
  type: 'MANY_TO_ONE',
}
const relation = (what: string, payload: unknown, text: string): ModelRow =>
  field(
    what,
    { type: 'RELATION', ...(payload === undefined ? {} : { relationCreationPayload: payload }) },
    text,
  )
const morph = (what: string, payloads: unknown, text: string): ModelRow =>
  field(what, { type: 'MORPH_RELATION', morphRelationsCreationPayload: payloads }, text)
const PREFIX = 'Relation creation payload is invalid: '
const ABSENT = '018f0000-0000-7000-8000-0000000000ff'

const RELATIONS: readonly ModelRow[] = [
  relation('no relation', undefined, 'Relation creation payload is required'),
  relation(
    'a target that is not an id',
    { ...PAYLOAD, targetObjectMetadataId: 'x' },
    `${PREFIX}targetObjectMetadataId must be a UUID`,
  ),
  relation(
    'another kind of relation',
    { ...PAYLOAD, type: 'MANY_TO_MANY' },
    `${PREFIX}type must be one of the following values: MANY_TO_ONE, ONE_TO_MANY`,
  ),
  relation(
    'a target that is not there',
    { ...PAYLOAD, targetObjectMetadataId: ABSENT },
    'Object metadata relation target not found for relation creation payload',
  ),
  morph('no relations', [], 'Morph relation creation payloads are empty'),
  morph(
    'relations of two kinds',
    [PAYLOAD, { ...PAYLOAD, targetObjectMetadataId: '$note', type: 'ONE_TO_MANY' }],
    'Morph relation creation payloads must have the same relation type',
  ),
  morph(
    'one target twice',
    [PAYLOAD, PAYLOAD],
    'Morph relation creation payloads must have only relation to the same object metadata',
  ),
  morph(
    'itself as a target',
    [{ ...PAYLOAD, targetObjectMetadataId: '$company' }],
    'Source object cannot be the target object',
  ),
]

const index = (what: string, fields: readonly unknown[], text: string, indexType = 'BTREE'): ModelRow => ({
  what: `an index with ${what}`,
  change: 'create',
  of: 'index',
  input: { objectMetadataId: '$company', fields, indexType },
  text,
})

/** The contract has these rules without a sentence. */
const INDEXES: readonly ModelRow[] = [
  index('no field', [], 'An index needs at least one field'),
  index(
    'a one-to-many relation',
    [{ fieldMetadataId: '$company.people' }],
    'Field "people" is a one-to-many relation and cannot be indexed',
  ),
  index(
    'a whole composite',
    [{ fieldMetadataId: '$company.address' }],
    'Field "address" is composite: subFieldName must be one of its sub-fields',
  ),
  index(
    'a kind that its field does not take',
    [{ fieldMetadataId: '$company.createdAt' }],
    'GIN indexes are not possible on fields of type DATE_TIME',
    'GIN',
  ),
  index(
    'a column twice',
    [{ fieldMetadataId: '$company.name' }, { fieldMetadataId: '$company.name' }],
    'An index cannot contain the same column twice',
  ),
]

export const MODEL: readonly ModelRow[] = [...OBJECTS, ...FIELDS, ...OPTIONS, ...RELATIONS, ...INDEXES]
