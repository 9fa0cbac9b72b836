// Success responses by kind of request and status, with the envelopes of rest/reads.ts and rest/writes.ts.

import type { ObjectModel } from '../../tenants/model/model.ts'
import { CHANGE_OPERATIONS } from '../changes/entry.ts'
import { UNUSED_ID } from '../records/exampleRecord.ts'
import { type Aggregate, aggregatesOf } from '../records/read/aggregate.ts'
import { ESTIMATE_FLAG } from '../records/select/total.ts'
import type { RequestKind } from '../rest/routes.ts'
import type { Components } from './components.ts'
import { groupValueExample } from './examples.ts'
import { type HeaderName, knownHeaders } from './headers.ts'
import { problemProperties } from './problems.ts'
import type { RecordSchemas } from './records.ts'
import {
  ANYTHING,
  BOOLEAN,
  listOf,
  NULL,
  OBJECT,
  objectOf,
  orNull,
  type Schema,
  STRING,
  wholeObjectOf,
} from './schema.ts'

export type Responses = Readonly<Record<string, Schema>>

interface AnswerScope {
  readonly object: ObjectModel
  readonly records: RecordSchemas
  readonly components: Components
}

export const COUNT: Schema = { type: 'integer', minimum: 0 }

/** Cursor of the example record: its key, as base64 of JSON. */
const CURSOR = Buffer.from(JSON.stringify({ id: UNUSED_ID })).toString('base64')

export const PAGE_INFO: Schema = {
  ...wholeObjectOf({
    startCursor: orNull(STRING),
    endCursor: orNull(STRING),
    hasNextPage: BOOLEAN,
    hasPreviousPage: BOOLEAN,
  }),
  examples: [{ startCursor: CURSOR, endCursor: CURSOR, hasNextPage: false, hasPreviousPage: false }],
}

const pageInfo = ({ components }: AnswerScope): Schema => components.share('PageInfo', PAGE_INFO)

export const jsonResponse = (
  description: string,
  schema: Schema,
  ...headers: readonly HeaderName[]
): Schema => ({
  description,
  headers: knownHeaders(...headers),
  content: { 'application/json': { schema } },
})

const inData = (name: string, schema: Schema): Schema =>
  wholeObjectOf({ data: wholeObjectOf({ [name]: schema }) })

/** Numbers that a double would change are strings. */
const AGGREGATES: Readonly<Record<Aggregate['type'], Schema>> = {
  Int: COUNT,
  Float: { type: ['number', 'null'] },
  BigInt: { type: ['integer', 'string', 'null'] },
  BigFloat: { type: ['number', 'string', 'null'] },
  Date: { type: ['string', 'null'], format: 'date' },
  DateTime: { type: ['string', 'null'], format: 'date-time' },
}
const groups = ({ object, records, components }: AnswerScope): Schema => {
  const aggregates = [...aggregatesOf(object).values()].map(
    ({ name, type }) => [name, AGGREGATES[type]] as const,
  )
  const group = objectOf(
    {
      groupByDimensionValues: listOf(ANYTHING),
      ...Object.fromEntries(aggregates),
      records: { ...listOf(records.response), description: 'Only with `include_records_sample`.' },
    },
    ['groupByDimensionValues'],
  )
  const value = groupValueExample(object)
  const example = value === null ? {} : { examples: [{ groupByDimensionValues: [value] }] }
  return listOf(components.share(`${object.typeName}Group`, { ...group, ...example }))
}

const duplicates = (scope: AnswerScope): Schema =>
  wholeObjectOf({
    data: listOf(
      wholeObjectOf({
        [`${scope.object.nameSingular}Duplicates`]: listOf(scope.records.response),
        totalCount: COUNT,
        pageInfo: pageInfo(scope),
      }),
    ),
  })

const page = (scope: AnswerScope): Schema =>
  objectOf(
    {
      data: wholeObjectOf({ [scope.object.namePlural]: listOf(scope.records.response) }),
      totalCount: { ...orNull(COUNT), description: 'Null if the records are not counted.' },
      [ESTIMATE_FLAG]: {
        type: 'boolean',
        const: true,
        description: 'True if `totalCount` is an estimate.',
      },
      pageInfo: pageInfo(scope),
    },
    ['data', 'totalCount', 'pageInfo'],
  )

export const changeActor = (components: Components): Schema =>
  components.share('ChangeActor', {
    ...objectOf({
      ...Object.fromEntries(
        [
          ...['keyId', 'workspaceMemberId', 'operatorKeyId', 'operatorName', 'workspaceId', 'roleId'],
          ...['requestId', 'databaseUser', 'cause'],
        ].map((name) => [name, STRING]),
      ),
      upsert: { type: 'boolean', const: true },
    }),
    description: 'The key or member of an API request; the database user of SQL.',
  })

const history = (scope: AnswerScope): Schema => {
  const { object, components } = scope
  const part = {
    ...OBJECT,
    description: `For an update, the changed fields; otherwise the whole ${object.nameSingular}.`,
  }
  const entry = components.share(`${object.typeName}HistoryEntry`, {
    ...objectOf(
      {
        position: STRING,
        at: { type: 'string', format: 'date-time' },
        operation: { type: 'string', enum: [...CHANGE_OPERATIONS] },
        actor: orNull(changeActor(components)),
        changedFields: { ...listOf(STRING), description: 'Only for updates.' },
        before: orNull(part),
        after: orNull(part),
      },
      ['position', 'at', 'operation', 'actor', 'before', 'after'],
    ),
    examples: [
      {
        position: '1',
        at: '2026-01-01T00:00:00.000Z',
        operation: 'truncated',
        actor: null,
        before: null,
        after: null,
      },
    ],
  })
  return wholeObjectOf({
    data: wholeObjectOf({ [`${object.nameSingular}History`]: listOf(entry) }),
    completeSince: {
      ...orNull({ type: 'string', format: 'date-time' }),
      description: 'Time since which all changes are kept; null if history is off.',
    },
    pageInfo: pageInfo(scope),
  })
}

/** Components shared by all objects. */
export const SHARED_RESPONSES: Readonly<Record<string, Schema>> = {
  WithoutBody: {
    description: 'Done. The body is omitted, as requested by `Prefer`.',
    headers: knownHeaders('Preference-Applied', 'Idempotent-Replayed'),
  },
}

const written = (schema: Schema): Responses => ({
  '200': jsonResponse('Done.', schema, 'Idempotent-Replayed'),
  '204': { $ref: '#/components/responses/WithoutBody' },
})

const created = (description: string, schema: Schema): Schema =>
  jsonResponse(description, schema, 'Preference-Applied', 'Idempotent-Replayed')

const createdMany = ({ object, records, components }: AnswerScope): Responses => {
  const name = `create${object.pluralTypeName}`
  const results = listOf(
    components.share('BatchResult', {
      ...objectOf(
        {
          index: COUNT,
          statusCode: { type: 'integer', minimum: 200, maximum: 499 },
          ...problemProperties(),
        },
        ['index', 'statusCode'],
      ),
      examples: [{ index: 0, statusCode: 201 }],
    }),
  )
  return {
    '201': created(
      'All records were created, in the order given.',
      objectOf({ data: wholeObjectOf({ [name]: listOf(records.response) }), results }, ['data']),
    ),
    '207': created(
      'Some records could not be created; `results` lists which and why.',
      objectOf({ data: wholeObjectOf({ [name]: listOf({ anyOf: [records.response, NULL] }) }), results }, [
        'results',
      ]),
    ),
  }
}

/** Responses of a successful operation, by status. */
export const answersOf = (scope: AnswerScope, kind: RequestKind): Responses => {
  const { object, records } = scope
  const { typeName, pluralTypeName } = object
  switch (kind) {
    case 'findMany':
      return { '200': jsonResponse(`A page of ${object.namePlural}.`, page(scope), 'Preference-Applied') }
    case 'findOne':
      return { '200': jsonResponse('The record.', inData(object.nameSingular, records.response)) }
    case 'findHistory':
      return { '200': jsonResponse('The changes to the record, newest first.', history(scope)) }
    case 'eraseHistory':
      return {
        '200': jsonResponse('Erased.', inData(`erase${typeName}History`, wholeObjectOf({ changes: COUNT }))),
      }
    case 'undoChange':
      return written(inData(`undo${typeName}Change`, records.response))
    case 'groupBy':
      return { '200': jsonResponse('The groups.', groups(scope)) }
    case 'duplicates':
      return { '200': jsonResponse('One list for each item of the request.', duplicates(scope)) }
    case 'createOne':
      return { '201': created('Created.', inData(`create${typeName}`, records.response)) }
    case 'createMany':
      return createdMany(scope)
    case 'updateOne':
      return written(inData(`update${typeName}`, records.response))
    case 'updateMany':
      return written(inData(`update${pluralTypeName}`, listOf(records.response)))
    case 'deleteOne':
      return written(inData(`delete${typeName}`, records.key))
    case 'deleteMany':
      return written(inData(`delete${pluralTypeName}`, listOf(records.key)))
    case 'restoreOne':
      return written(inData(`restore${typeName}`, records.response))
    case 'restoreMany':
      return written(inData(`restore${pluralTypeName}`, listOf(records.response)))
    case 'merge':
      return written(inData(`merge${typeName}`, records.response))
  }
}
