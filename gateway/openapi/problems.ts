// Error responses: one per status, generated from the table of problem codes and the table of SQLSTATEs.
// Components, and references to the ones that an operation can return.

import { KINDS, type ProblemCode } from '../error/problem.ts'
import { SQLSTATES } from '../error/sqlstate.ts'
import { STATUS_CODES } from '../http/nodeHttp.ts'
import { anyHeaders, knownHeaders } from './headers.ts'
import { listOf, OBJECT, objectOf, type Schema, STRING } from './schema.ts'

const COUNT: Schema = { type: 'integer', minimum: 0 }

const ALL_KINDS: readonly (readonly [string, (typeof KINDS)[ProblemCode]])[] = Object.entries(KINDS)
const REST_KINDS = ALL_KINDS.filter(([code]) => !code.startsWith('GRAPHQL_'))

/** Further statuses that a code has in some cases. */
const FURTHER: Readonly<Record<number, readonly ProblemCode[]>> = {
  403: ['METADATA_VALIDATION_FAILED'],
  409: ['METADATA_VALIDATION_FAILED'],
  422: ['BAD_USER_INPUT'],
}

/** 405 is only returned for methods missing from the document, and 406 only by GraphQL. */
const UNDOCUMENTED: readonly number[] = [KINDS.METHOD_NOT_ALLOWED.status, KINDS.NOT_ACCEPTABLE.status]
const STATUSES = [
  ...new Set([...REST_KINDS.map(([, { status }]) => status), ...Object.keys(FURTHER).map(Number)]),
].filter((status) => !UNDOCUMENTED.includes(status))

const wordsOf = (status: number): string[] => [
  ...new Set([
    ...REST_KINDS.filter(([, kind]) => kind.status === status).map(([, kind]) => kind.rest),
    ...(FURTHER[status] ?? []).map((code) => KINDS[code].rest),
  ]),
]

/** Finer codes of the database's refusals, by status. */
const SQL_CODES = Map.groupBy(
  Object.values(SQLSTATES).flatMap((rule): readonly { status: number; code: string }[] =>
    typeof rule === 'function' || rule.subCode === undefined
      ? []
      : [{ status: KINDS[rule.code].status, code: rule.subCode }],
  ),
  ({ status }) => status,
)

const OWN_CODES: Readonly<Record<number, readonly string[]>> = {
  400: [
    'INVALID_ARGS_FILTER',
    'INVALID_ARGS_ORDER',
    'INVALID_ARGS_GROUP_BY',
    'INVALID_ARGS_FIELDS',
    'INVALID_ARGS_DATA',
    'MALFORMED_JSON',
    'INVALID_TEXT',
    'NOT_NULL_VIOLATION',
    'FUNCTION_NAMES_NOTHING',
  ],
  403: ['WORKSPACE_SUSPENDED', 'ADDRESS_NOT_ALLOWED', 'QUOTA_EXCEEDED'],
  404: ['OBJECT_NOT_FOUND', 'CHANGE_NOT_FOUND'],
  409: ['CHANGE_OVERTAKEN', 'DUPLICATE_ENTRY_DETECTED', 'FOREIGN_KEY_VIOLATION', 'NETWORKS_EXCLUDE_CALLER'],
  422: ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENT_ANSWER_LOST'],
  503: ['DATABASE_CONNECTION_LOST', 'MODEL_CHANGED'],
}

const codesOf = (status: number): string[] => [
  ...new Set([...(OWN_CODES[status] ?? []), ...(SQL_CODES.get(status) ?? []).map(({ code }) => code)]),
]

const VALIDATION: Readonly<Record<string, Schema>> = {
  message: STRING,
  summary: { ...OBJECT, description: 'Number of errors by kind.' },
  errors: { ...OBJECT, description: 'The errors, by kind.' },
}

const INDEX: Schema = { ...COUNT, description: 'Position of the record in its batch, from 0.' }

/** All faults of a body. */
const FAULTS: Readonly<Record<string, Schema>> = {
  index: INDEX,
  faults: {
    ...listOf(objectOf({ code: STRING, message: STRING, hint: STRING, field: STRING, index: INDEX })),
    description: 'All errors, if there is more than one; at most 20.',
  },
  faultCount: COUNT,
}

/** The record that already has a value. */
const HOLDER: Readonly<Record<string, Schema>> = {
  conflictingRecordId: { ...STRING, description: 'Id of the record that already has the value.' },
  conflictingObjectNameSingular: STRING,
}

/** Further properties of a body, by status. */
const FACTS: Readonly<Record<number, Readonly<Record<string, Schema>>>> = {
  400: { ...FAULTS, ...VALIDATION },
  403: {
    fields: { ...listOf(STRING), description: 'Fields for which the role lacks the permission.' },
    index: INDEX,
    ...VALIDATION,
  },
  409: {
    fields: { ...listOf(STRING), description: 'Fields whose value is taken.' },
    index: INDEX,
    ...HOLDER,
    ...VALIDATION,
  },
  429: {
    limitKind: STRING,
    exhaustedKind: STRING,
    scope: objectOf({ spenderType: STRING, spenderId: STRING, operationType: STRING }),
    limit: COUNT,
    remaining: COUNT,
    periodCount: COUNT,
    periodUnit: STRING,
    retryAfterSeconds: COUNT,
    retryAfterMs: COUNT,
  },
  500: { exceptionEventId: { ...STRING, format: 'uuid', description: 'Id of the cause in the log.' } },
}

interface Example {
  readonly message: string
  readonly code?: string
  readonly facts?: Readonly<Record<string, unknown>>
}

const EXAMPLES: Readonly<Record<number, Example>> = {
  400: { message: "'filter' invalid for 'name'. eg: price[gte]:10", code: 'INVALID_ARGS_FILTER' },
  401: { message: 'Missing authentication token' },
  403: { message: 'Entity performing the request does not have permission', code: 'PERMISSION_DENIED' },
  404: { message: 'Record not found', code: 'RECORD_NOT_FOUND' },
  408: { message: 'The request did not arrive in time.' },
  409: {
    message: 'A duplicate entry was detected',
    code: 'DUPLICATE_ENTRY_DETECTED',
    facts: { fields: ['name'] },
  },
  413: { message: 'The request body is larger than 1048576 bytes.' },
  415: { message: 'The request has no Content-Type. Send JSON with "Content-Type: application/json".' },
  422: {
    message: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
    code: 'IDEMPOTENCY_KEY_REUSED',
  },
  429: {
    message: 'Rate limit exceeded for apiKey: 100 requests per 60s.',
    facts: {
      limitKind: 'speed',
      exhaustedKind: 'speed',
      scope: {
        spenderType: 'apiKey',
        spenderId: '018f2b6a-7c1d-7e3f-9a5b-0c2d4e6f8a1b',
        operationType: 'API_REQUEST',
      },
      limit: 100,
      remaining: 0,
      periodCount: 60,
      periodUnit: 'second',
      retryAfterSeconds: 12,
      retryAfterMs: 11_480,
    },
  },
  431: { message: 'The URL and headers together are larger than 32768 bytes.' },
  500: {
    message: 'Something went wrong on our side.',
    facts: { exceptionEventId: '018f2b6a-7c1d-7e3f-9a5b-0c2d4e6f8a1b' },
  },
  503: {
    message: 'The database cannot answer at the moment. Please try again.',
    code: 'DATABASE_UNAVAILABLE',
  },
  504: { message: 'The request took too long and was stopped.', code: 'STATEMENT_TIMEOUT' },
}

const exampleOf = (status: number): Readonly<Record<string, unknown>> | undefined => {
  const example = EXAMPLES[status]
  if (example === undefined) return undefined
  const { message, code, facts } = example
  const [error] = wordsOf(status)
  return {
    statusCode: status,
    error,
    messages: [message],
    ...(code === undefined ? {} : { code }),
    ...facts,
  }
}

/** `{statusCode, error, messages, code?}` and the facts. */
const bodyOf = (status: number): Schema => {
  const codes = codesOf(status)
  return objectOf(
    {
      statusCode: { type: 'integer', const: status },
      error: { type: 'string', enum: wordsOf(status) },
      messages: { ...listOf(STRING), description: 'What is wrong, and how to fix it.' },
      code: {
        type: 'string',
        description: 'A more specific reason, if there is one.',
        ...(codes.length === 0 ? {} : { examples: codes }),
      },
      ...FACTS[status],
    },
    ['statusCode', 'error', 'messages'],
  )
}

const headersOf = (status: number): Readonly<Record<string, Schema>> => {
  switch (status) {
    case 401:
      return anyHeaders('WWW-Authenticate')
    // Returned before a request can be counted.
    case 408:
    case 431:
      return {}
    case 429:
    case 503:
      return knownHeaders('Retry-After')
    default:
      return knownHeaders()
  }
}

const nameOf = (status: number): string => (STATUS_CODES[status] ?? '').replaceAll(/[^A-Za-z]/g, '')

const responseOf = (status: number): Schema => {
  const example = exampleOf(status)
  return {
    description: STATUS_CODES[status] ?? '',
    headers: headersOf(status),
    content: {
      'application/json': { schema: bodyOf(status), ...(example === undefined ? {} : { example }) },
    },
  }
}

/** Components by name. */
export const PROBLEM_RESPONSES: Readonly<Record<string, Schema>> = Object.fromEntries(
  STATUSES.map((status) => [nameOf(status), responseOf(status)]),
)

const ALWAYS = [400, 401, 403, 404, 429, 431, 500, 503, 504] as const
const WITH_BODY = [408, 413, 415] as const

export interface Refusals {
  readonly hasBody?: boolean
  readonly isKeyed?: boolean
  readonly canConflict?: boolean
}

const byStatus = (statuses: readonly number[]) =>
  Object.fromEntries(
    statuses
      .toSorted((a, b) => a - b)
      .map((status) => [String(status), { $ref: `#/components/responses/${nameOf(status)}` }]),
  )

/** Errors that an operation can return, by status. */
export const refusals = ({ hasBody, isKeyed, canConflict }: Refusals) =>
  byStatus([
    ...ALWAYS,
    ...(hasBody === true ? WITH_BODY : []),
    ...(isKeyed === true ? [422] : []),
    ...(canConflict === true ? [409] : []),
  ])

/** For public operations too: they do not refuse an invalid key. */
export const PUBLIC_REFUSALS = byStatus([403, 429, 431, 500, 503])

/** For results inside a batch that continues after failures. */
export const problemProperties = (): Readonly<Record<string, Schema>> => ({
  error: STRING,
  messages: listOf(STRING),
  code: STRING,
  fields: listOf(STRING),
  ...FAULTS,
  ...HOLDER,
})
