// Request parameters, from the constants that the parser uses: components shared by all objects, and those
// for one object's fields (filters, order, selected fields, groups).

import { COUNT_MODES } from '../../tenants/model/countMode.ts'
import type { ModelField, ObjectModel } from '../../tenants/model/model.ts'
import { GRANULARITIES, WEEK_START_DAYS } from '../records/read/dimension.ts'
import { operatorsOf, partOperators } from '../records/read/filterOperator.ts'
import { DEFAULT_GROUPS, MAX_GROUPS, SAMPLE_RECORDS } from '../records/read/groupBy.ts'
import type { ListParameter } from '../records/read/listArgument.ts'
import { ORDER_BY_DIRECTIONS } from '../records/read/order.ts'
import { MAX_KEY_LENGTH } from '../records/write/idempotency.ts'
import { DEFAULT_RECORD_LIMIT, MAX_RECORD_LIMIT } from '../rest/restRequest.ts'
import { fieldsExample, filterExample, groupExample, narrowFilterExample, orderExample } from './examples.ts'
import { BOOLEAN, type Schema, STRING } from './schema.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'header' | 'path'
  readonly description?: string
  readonly required?: boolean
  readonly schema: Schema
  readonly example?: unknown
}

const query = (name: string, description: string, schema: Schema, example?: unknown): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
  ...(example == null ? {} : { example }),
})

/** JSON in a query string. */
const JSON_TEXT: Schema = { type: 'string', contentMediaType: 'application/json' }

const FLAG: Schema = { ...BOOLEAN, default: false }

/** Shared by all objects, by component name. */
export const SHARED_PARAMETERS = {
  limit: query('limit', `Records of a page; at most ${MAX_RECORD_LIMIT}, larger values are reduced.`, {
    type: 'integer',
    minimum: 0,
    maximum: MAX_RECORD_LIMIT,
    default: DEFAULT_RECORD_LIMIT,
  }),
  depth: query(
    'depth',
    'At 1 each record includes its relations: the record it belongs to, or null; at most 60 records that belong to it.',
    { type: 'integer', enum: [0, 1], default: 0 },
  ),
  startingAfter: query(
    'starting_after',
    'Returns the page after this cursor (`pageInfo.endCursor`).',
    STRING,
  ),
  endingBefore: query(
    'ending_before',
    'Returns the page before this cursor (`pageInfo.startCursor`). Cannot be combined with `starting_after`.',
    STRING,
  ),
  count: query(
    'count',
    'How `totalCount` is determined; takes precedence over `Prefer`. `exact` counts. `estimated` counts up to 10000 records and estimates more. `none` returns null.',
    { type: 'string', enum: [...COUNT_MODES] },
  ),
  preferCount: {
    name: 'Prefer',
    in: 'header',
    description: '`count=…`: how `totalCount` is determined, like the parameter `count`.',
    schema: { type: 'string', enum: COUNT_MODES.map((mode) => `count=${mode}`) },
  },
  upsert: query(
    'upsert',
    'Updates the record with the same id (restoring it from the trash) or the same unique value, and creates it otherwise.',
    FLAG,
  ),
  onError: query(
    'on_error',
    '`continue` writes all valid records, and returns 207 if a record could not be written. By default all records are written or none.',
    { type: 'string', enum: ['continue'] },
  ),
  softDelete: query('soft_delete', 'Move to the trash instead of deleting permanently.', FLAG),
  softDeleteOnly: {
    ...query('soft_delete', 'Move to the trash. The role may not delete permanently.', {
      type: 'boolean',
      enum: [true],
    }),
    required: true,
  },
  aggregate: query(
    'aggregate',
    'JSON list of names of aggregates, which are returned as further properties.',
    JSON_TEXT,
    '["totalCount"]',
  ),
  orderByGroups: query(
    'order_by',
    `JSON list of objects that name a field of \`group_by\` or an aggregate, and a direction: ${ORDER_BY_DIRECTIONS.join(', ')}.`,
    JSON_TEXT,
    '[{"aggregate":{"totalCount":"DescNullsLast"}}]',
  ),
  groupLimit: query('limit', `Groups of the answer; at most ${MAX_GROUPS}, larger values are reduced.`, {
    type: 'integer',
    minimum: 0,
    maximum: MAX_GROUPS,
    default: DEFAULT_GROUPS,
  }),
  includeRecordsSample: query(
    'include_records_sample',
    `Each group holds its first ${SAMPLE_RECORDS} records.`,
    FLAG,
  ),
  orderByForRecords: query(
    'order_by_for_records',
    'The order of the records of a group, in the syntax of `order_by` for lists.',
    STRING,
  ),
  prefer: {
    name: 'Prefer',
    in: 'header',
    description: '`return=minimal` omits the body: 201 for created records, else 204.',
    schema: { type: 'string', enum: ['return=minimal'] },
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'For 24 hours, a repeated request gets the first response; a different request with the same key returns 422.',
    schema: { type: 'string', minLength: 1, maxLength: MAX_KEY_LENGTH },
  },
} as const satisfies Readonly<Record<string, Parameter>>

/** Components of a list's parameters; `own` begins the names of an object's own. */
export const LIST_PARAMETERS = {
  filter: (own: string) => `${own}Filter`,
  order_by: (own: string) => `${own}OrderBy`,
  limit: () => 'limit',
  starting_after: () => 'startingAfter',
  ending_before: () => 'endingBefore',
} as const satisfies Readonly<
  Record<
    ListParameter,
    (own: string) => keyof typeof SHARED_PARAMETERS | `${string}Filter` | `${string}OrderBy`
  >
>

export type SharedParameter = keyof typeof SHARED_PARAMETERS

export const parameterRef = (name: string): Schema => ({ $ref: `#/components/parameters/${name}` })

/** Paths, each with its comparators. */
const comparable = (field: ModelField): readonly (readonly [path: string, comparators: string])[] => {
  switch (field.kind) {
    case 'scalar':
      return [[field.name, operatorsOf(field.type).join(', ')]]
    case 'composite':
      return field.parts.map(({ part }) => [`${field.name}.${part.name}`, partOperators(part).join(', ')])
    case 'toOne':
    case 'toMany':
      return []
  }
}

const FILTER_GRAMMAR =
  '`path[comparator]:value`, separated by commas that mean "and"; `and(…)`, `or(…)` and `not(…)` group. \
Values that hold commas or brackets are quoted; lists are written `[a,b]`. \
Relations: `relation.field`, and for to-many relations `relation.some.field` (or `every`, `none`).'

const filterDescription = ({ fields }: ObjectModel): string => {
  const paths = [...fields.values()].flatMap(comparable).filter(([, comparators]) => comparators !== '')
  const lines = [...Map.groupBy(paths, ([, comparators]) => comparators)].map(
    ([comparators, group]) => `- ${comparators}: ${group.map(([path]) => `\`${path}\``).join(', ')}`,
  )
  return [FILTER_GRAMMAR, '', ...lines].join('\n')
}

export interface ObjectParameters {
  readonly filter: Parameter
  readonly mandatoryFilter: Parameter
  readonly orderBy: Parameter
  readonly fields: Parameter
  readonly groupBy: Parameter
}

export const objectParameters = (object: ObjectModel): ObjectParameters => ({
  filter: query('filter', filterDescription(object), STRING, filterExample(object)),
  mandatoryFilter: {
    ...query(
      'filter',
      'Selects the records, in the syntax of lists. Required.',
      { type: 'string', minLength: 1 },
      narrowFilterExample(object),
    ),
    required: true,
  },
  orderBy: query(
    'order_by',
    `\`field[Direction]\`, separated by commas, where a field may be \`composite.sub\` or \`relation.field\`. \
Directions: ${ORDER_BY_DIRECTIONS.join(', ')}.`,
    STRING,
    orderExample(object),
  ),
  fields: query(
    'fields',
    'Names of fields, separated by commas. Only these and the key are returned.',
    STRING,
    fieldsExample(object),
  ),
  groupBy: {
    ...query(
      'group_by',
      `JSON list of objects: \`{"field":true}\`, \`{"composite":{"sub":true}}\`, \`{"relation":{"field":true}}\`, and for dates \
\`{"field":{"granularity":…,"timeZone":…,"weekStartDay":…}}\` with ${GRANULARITIES.join(', ')} and ${WEEK_START_DAYS.join(', ')}.`,
      JSON_TEXT,
      groupExample(object),
    ),
    required: true,
  },
})
