// Request parameters, from the constants that the parser uses: components shared by all objects, and those
// for one object's fields (selected fields, groups). Those of lists are in listParameters.ts.

import { COUNT_MODES } from '../../tenants/model/countMode.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { GRANULARITIES, WEEK_START_DAYS } from '../records/read/dimension.ts'
import { DEFAULT_GROUPS, MAX_GROUPS, SAMPLE_RECORDS } from '../records/read/groupBy.ts'
import { ORDER_BY_DIRECTIONS } from '../records/read/order.ts'
import { MAX_KEY_LENGTH } from '../records/write/idempotency.ts'
import { fieldsExample, groupExample, narrowFilterExample } from './examples.ts'
import { BOOLEAN, type Schema, STRING } from './schema.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'header' | 'path'
  readonly description?: string
  readonly required?: boolean
  readonly schema: Schema
  readonly example?: unknown
}

export const queryParameter = (
  name: string,
  description: string,
  schema: Schema,
  example?: unknown,
): Parameter => ({
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
  depth: queryParameter(
    'depth',
    'At 1 each record includes its relations: the record it belongs to, or null; at most 60 records that belong to it.',
    { type: 'integer', enum: [0, 1], default: 0 },
  ),
  count: queryParameter(
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
  upsert: queryParameter(
    'upsert',
    'Updates the record with the same id (restoring it from the trash) or the same unique value, and creates it otherwise.',
    FLAG,
  ),
  onError: queryParameter(
    'on_error',
    '`continue` writes all valid records, and returns 207 if a record could not be written. By default all records are written or none.',
    { type: 'string', enum: ['continue'] },
  ),
  softDelete: queryParameter('soft_delete', 'Move to the trash instead of deleting permanently.', FLAG),
  softDeleteOnly: {
    ...queryParameter('soft_delete', 'Move to the trash. The role may not delete permanently.', {
      type: 'boolean',
      enum: [true],
    }),
    required: true,
  },
  aggregate: queryParameter(
    'aggregate',
    'JSON list of names of aggregates, which are returned as further properties.',
    JSON_TEXT,
    '["totalCount"]',
  ),
  orderByGroups: queryParameter(
    'order_by',
    `JSON list of objects that name a field of \`group_by\` or an aggregate, and a direction: ${ORDER_BY_DIRECTIONS.join(', ')}.`,
    JSON_TEXT,
    '[{"aggregate":{"totalCount":"DescNullsLast"}}]',
  ),
  groupLimit: queryParameter(
    'limit',
    `Groups of the answer; at most ${MAX_GROUPS}, larger values are reduced.`,
    {
      type: 'integer',
      minimum: 0,
      maximum: MAX_GROUPS,
      default: DEFAULT_GROUPS,
    },
  ),
  includeRecordsSample: queryParameter(
    'include_records_sample',
    `Each group holds its first ${SAMPLE_RECORDS} records.`,
    FLAG,
  ),
  orderByForRecords: queryParameter(
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

export type SharedParameter = keyof typeof SHARED_PARAMETERS

export const parameterRef = (name: string): Schema => ({ $ref: `#/components/parameters/${name}` })

export interface ObjectParameters {
  readonly mandatoryFilter: Parameter
  readonly fields: Parameter
  readonly groupBy: Parameter
}

export const objectParameters = (object: ObjectModel): ObjectParameters => ({
  mandatoryFilter: {
    ...queryParameter(
      'filter',
      'Selects the records, in the syntax of lists. Required.',
      { type: 'string', minLength: 1 },
      narrowFilterExample(object),
    ),
    required: true,
  },
  fields: queryParameter(
    'fields',
    'Names of fields, separated by commas. Only these and the key are returned.',
    STRING,
    fieldsExample(object),
  ),
  groupBy: {
    ...queryParameter(
      'group_by',
      `JSON list of objects: \`{"field":true}\`, \`{"composite":{"sub":true}}\`, \`{"relation":{"field":true}}\`, and for dates \
\`{"field":{"granularity":…,"timeZone":…,"weekStartDay":…}}\` with ${GRANULARITIES.join(', ')} and ${WEEK_START_DAYS.join(', ')}.`,
      JSON_TEXT,
      groupExample(object),
    ),
    required: true,
  },
})
