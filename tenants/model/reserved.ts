// Names that objects and fields cannot have: keywords of the contract, and names that the API's own types,
// fields and paths have or derive from an object's. Decided by the spelling alone, so that a table's names
// never depend on other tables. A test compiles schemas and fails for a name that is missing here.

import { COMPOSITES } from './compositeType.ts'
import { toTypeName } from './name.ts'
import { pluralOf, singularOf } from './number.ts'

export interface ObjectNames {
  readonly nameSingular: string
  readonly namePlural: string
}

/** Each also in its plural. */
const NOUNS = [
  'approvedAccessDomain',
  'appToken',
  'billingCustomer',
  'billingEntitlement',
  'billingMeter',
  'billingProduct',
  'billingSubscription',
  'billingSubscriptionItem',
  'event',
  'featureFlag',
  'field',
  'job',
  'keyValuePair',
  'link',
  'object',
  'pageLayout',
  'pageLayoutTab',
  'pageLayoutWidget',
  'plan',
  'relation',
  'role',
  'twoFactorMethod',
  'type',
  'user',
  'userWorkspace',
  'userWorkspaceRole',
  'workspace',
]

const WORDS = [
  'currency',
  'currencies',
  'fullNames',
  'address',
  'addresses',
  'index',
  'aggregate',
  'search',
  'searches',
]

/** Words that the contract refuses in the metadata API. Tables made in SQL may have them. */
export const CONTRACT_WORDS: ReadonlySet<string> = new Set([
  ...NOUNS,
  ...NOUNS.map((noun) => `${noun}s`),
  ...WORDS,
])

export const isReservedName = (name: string): boolean => CONTRACT_WORDS.has(name)

/** Types that every GraphQL schema has, or may have one day. */
export const SHARED_TYPES: ReadonlySet<string> = new Set([
  ...['Query', 'Mutation', 'Subscription', 'Node'],
  ...[
    'String',
    'Int',
    'Float',
    'Boolean',
    'ID',
    'UUID',
    'Uuid',
    'Date',
    'Time',
    'DateTime',
    'Datetime',
    'Interval',
  ],
  ...['BigInt', 'BigFloat', 'JSON', 'Json', 'Cursor', 'ConnectionCursor', 'Position', 'TSVector', 'TsVector'],
  ...['PageInfo', 'ChangeActor', 'OrderByDirection', 'FilterIs', 'OnError', 'WeekStartDay', 'Search'],
  ...[
    'StringFilter',
    'IntFilter',
    'FloatFilter',
    'BooleanFilter',
    'UUIDFilter',
    'DateFilter',
    'DateTimeFilter',
  ],
  ...['BigIntFilter', 'BigFloatFilter', 'SelectFilter', 'ArrayFilter', 'RawJsonFilter', 'TSVectorFilter'],
  ...['RichTextPartFilter', 'ActorSourceEnum', 'ActorSourceEnumFilter'],
  ...['SearchRecord', 'SearchResultConnection', 'SearchResultEdge', 'SearchResultPageInfo'],
  ...['ObjectRecordFilterInput', 'ObjectRecordGroupByDateGranularity', 'ObjectRecordGroupByDateInput'],
  'ObjectRecordOrderByDateInput',
  ...Object.values(COMPOSITES).flatMap(({ graphqlName: name }) =>
    ['', 'Filter', 'FilterInput', 'OrderByInput', 'GroupByInput', 'CreateInput', 'UpdateInput'].map(
      (suffix) => name + suffix,
    ),
  ),
])

/** Suffixes of the types derived from an object's name. */
export const OBJECT_TYPES = [
  '',
  'Connection',
  'Edge',
  'FilterInput',
  'QuantifierInput',
  'OrderByInput',
  'CreateInput',
  'UpdateInput',
  'RelationInput',
  'ConnectInput',
  'WhereUniqueInput',
  'GroupByInput',
  'GroupByConnection',
  'OrderByWithGroupByInput',
  'OrderByAggregateInput',
]

/** Suffixes of the types derived from the names of an object and a field. */
export const FIELD_TYPES = ['Enum', 'EnumFilter', 'WhereInput']

/** Arguments of every list, which no function's own argument can be called. */
export const LIST_ARGUMENT_NAMES = [
  'first',
  'last',
  'offset',
  'before',
  'after',
  'filter',
  'orderBy',
] as const
export type ListArgument = (typeof LIST_ARGUMENT_NAMES)[number]

/** Fields of Query that belong to no object. */
export const ROOT_FIELDS: readonly string[] = ['search']

/** Fields of Query derived from an object's names. */
export const rootFieldsOf = ({ nameSingular, namePlural }: ObjectNames): readonly string[] => [
  nameSingular,
  namePlural,
  `${nameSingular}Duplicates`,
  `${namePlural}GroupBy`,
]

/** The field of Query with the history of a record. It yields to a table or a function that has the name. */
export const historyFieldOf = ({ nameSingular }: ObjectNames): string => `${nameSingular}History`

/** The field of Mutation that undoes a change; it yields as well. */
export const undoFieldOf = ({ nameSingular }: ObjectNames): string => `undo${toTypeName(nameSingular)}Change`

/** Suffixes of the types of a history. */
export const HISTORY_TYPES: readonly string[] = ['HistoryEntry', 'HistoryEntryEdge', 'HistoryEntryConnection']

/** The field of Subscription with the changes of an object's records. */
export const changesFieldOf = ({ nameSingular }: ObjectNames): string => `${nameSingular}Changes`

/** Suffix of the type of a change. */
export const CHANGE_TYPE = 'Change'

const VERBS = ['create', 'update', 'delete', 'destroy', 'restore']

/** Fields of Mutation that follow from an object's names. */
export const mutationFieldsOf = ({ nameSingular, namePlural }: ObjectNames): readonly string[] => [
  ...[nameSingular, namePlural].flatMap((name) => VERBS.map((verb) => verb + toTypeName(name))),
  `merge${toTypeName(namePlural)}`,
]

/** Path segments that REST uses itself. */
export const REST_PATHS: readonly string[] = [
  'batch',
  'restore',
  'metadata',
  'openApi',
  'apiKeys',
  'webhooks',
  'groupBy',
  'duplicates',
  'merge',
]

/** Keywords of the filter grammar, which no field can have. */
export const FILTER_WORDS: readonly string[] = ['and', 'or', 'not']

/** Keywords of filters and orders, next to an object's fields. */
export const RESERVED_FIELDS: readonly string[] = [...FILTER_WORDS, 'aggregate']

/** Suffix of a table whose name another table has. No table's own name ends so, also with a number. */
export const NAMESAKE = 'Namesake'

/** Endings of names that derive from an object's, or will when later versions generate more of them. */
export const GENERATED_ENDINGS: readonly string[] = [
  ...['Connection', 'Edge', 'Filter', 'Input', 'Enum', 'Aggregate', 'GroupBy', 'OrderBy', 'OrderByWith'],
  ...['Duplicate', 'History', 'Change', 'Payload', NAMESAKE],
]
const GENERATED_ENDING = new RegExp(`[a-z0-9](${GENERATED_ENDINGS.join('|')}|${NAMESAKE}s?[0-9]+)$`)

const NAMES = new Set([...ROOT_FIELDS, ...REST_PATHS])

/** Why an object cannot have its explicit names; null if it can. */
export const clashReason = ({ nameSingular, namePlural }: ObjectNames): string | null => {
  const name = [nameSingular, namePlural].find((each) => NAMES.has(each))
  if (name !== undefined) return `"${name}" is a word of the API itself`
  const type = [
    toTypeName(namePlural),
    ...[...OBJECT_TYPES, ...FIELD_TYPES].map((suffix) => toTypeName(nameSingular) + suffix),
  ].find((each) => SHARED_TYPES.has(each))
  return type === undefined ? null : `the API has a type ${type} itself`
}

/** Why the spelling of names is reserved for the API itself. */
const ownReason = (names: ObjectNames): string | null => {
  const clash = clashReason(names)
  if (clash !== null) return clash
  const { nameSingular, namePlural } = names
  const ending =
    GENERATED_ENDING.exec(nameSingular)?.[1] ?? GENERATED_ENDING.exec(singularOf(namePlural))?.[1]
  return ending === undefined ? null : `names that end in ${ending} follow from names of other objects`
}

/** The plural of most names; a word with one form for both numbers gets "Item" in the singular. */
const namesOf = (nameSingular: string): ObjectNames => ({ nameSingular, namePlural: pluralOf(nameSingular) })

/** `newsItem` is the singular of the table `news`. */
const isItemOfUncountable = (singular: string): boolean => {
  const word = singular.endsWith('Item') ? singular.slice(0, -4) : ''
  return word !== '' && pluralOf(word) === singularOf(word)
}

const SUFFIX = 'Record'

/** Names that a table would step aside to get the suffix as well, so that the two stay apart. */
const withoutSuffix = (name: string): string =>
  name.endsWith(SUFFIX) && name !== SUFFIX ? name.slice(0, -SUFFIX.length) : name

const stemOf = (name: string): string => {
  const shorter = withoutSuffix(name)
  return shorter === name ? name : stemOf(shorter)
}

const MAX_STEPS = 3

/** Why a name is reserved in every model; null if it is not. */
export const reservedReason = (names: ObjectNames): string | null => {
  const own = ownReason(names)
  if (own !== null) return own
  if (isItemOfUncountable(names.nameSingular))
    return `"${names.nameSingular}" is the singular of "${names.nameSingular.slice(0, -4)}"`
  const stem = withoutSuffix(names.nameSingular)
  return stem !== names.nameSingular && reservedReason(namesOf(stem)) !== null
    ? `"${stem}" is reserved, and a table of that name gets the suffix ${SUFFIX}`
    : null
}

/** Substitutes for reserved names: as many suffixes as needed, the same number for all names of one stem. */
export const asideOf = (nameSingular: string): ObjectNames => {
  const stem = stemOf(nameSingular)
  const levels = Array.from({ length: MAX_STEPS }, (_, level) => stem + SUFFIX.repeat(level))
  const last = levels.findLastIndex((name) => ownReason(namesOf(name)) !== null)
  const singular = nameSingular + SUFFIX.repeat(Math.max(1, last + 1))
  return { nameSingular: singular, namePlural: `${singular}s` }
}

/** Whether no object may have the name, in singular or plural. */
export const isReservedObjectName = (name: string): boolean =>
  isReservedName(name) || reservedReason({ nameSingular: name, namePlural: name }) !== null
