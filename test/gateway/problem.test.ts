import test from 'ava'
import pg from 'pg'
import { Problem, problemOf, toGraphQLBody, toRestBody } from '../../gateway/error/problem.ts'
import { ConnectionError } from '../../sql/pipeline/error.ts'
import { Refusal } from '../../tenants/refusal.ts'

interface Fields {
  readonly message?: string
  readonly detail?: string
  readonly hint?: string
  readonly table?: string
  readonly column?: string
  readonly constraint?: string
  readonly position?: string
  readonly where?: string
  readonly routine?: string
}

/** An error as the driver makes it, full of what must not get out. */
const sqlError = (code: string, fields: Fields = {}): pg.DatabaseError => {
  const error = new pg.DatabaseError(fields.message ?? 'something about w_acme_1', 0, 'error')
  return Object.assign(error, {
    code,
    severity: 'ERROR',
    detail: 'Failing row contains (SECRET).',
    schema: 'w_acme_1',
    where: 'SQL statement "select SECRET"',
    internalQuery: 'select SECRET',
    ...fields,
  })
}

const statuses: readonly (readonly [sqlState: string, status: number, subCode: string | undefined])[] = [
  ['08006', 503, 'DATABASE_UNAVAILABLE'],
  ['21000', 400, 'CARDINALITY_VIOLATION'],
  ['22001', 400, 'VALUE_TOO_LONG'],
  ['22003', 400, 'OUT_OF_RANGE'],
  ['22021', 400, 'INVALID_VALUE'],
  ['22023', 400, 'INVALID_VALUE'],
  ['22P02', 400, 'INVALID_VALUE'],
  ['23502', 400, 'NOT_NULL_VIOLATION'],
  ['23503', 409, 'FOREIGN_KEY_VIOLATION'],
  ['23505', 409, 'DUPLICATE_ENTRY_DETECTED'],
  ['23514', 400, 'CHECK_VIOLATION'],
  ['23P01', 409, 'EXCLUSION_VIOLATION'],
  ['25006', 503, 'READ_ONLY'],
  ['28P01', 503, 'DATABASE_UNAVAILABLE'],
  ['3D000', 503, 'DATABASE_UNAVAILABLE'],
  ['40001', 503, 'CONCURRENT_CHANGE'],
  ['40P01', 503, 'CONCURRENT_CHANGE'],
  ['428C9', 400, 'FIELD_NOT_WRITABLE'],
  ['42501', 403, 'PERMISSION_DENIED'],
  ['42703', 503, 'MODEL_CHANGED'],
  ['42P01', 503, 'MODEL_CHANGED'],
  ['42601', 500, undefined],
  ['53300', 503, 'DATABASE_UNAVAILABLE'],
  ['54001', 400, 'TOO_COMPLEX'],
  ['55P03', 503, 'CONCURRENT_CHANGE'],
  ['57014', 504, 'STATEMENT_TIMEOUT'],
  ['57P01', 503, 'DATABASE_UNAVAILABLE'],
  ['58030', 503, 'DATABASE_UNAVAILABLE'],
  ['P0001', 400, 'RAISED_BY_DATABASE'],
  ['P0002', 400, 'RAISED_BY_DATABASE'],
  ['XX000', 500, undefined],
  ['ZZZZZ', 500, undefined],
]

test('a connection of Citus to another node that fails is named, and its address is not', (t) => {
  for (const message of [
    'connection to the remote node postgres@10.0.0.5:5432 failed with the following error: Connection refused',
    'could not establish any connections to the node 10.0.0.5:5432 after 30000 ms',
    'could not establish connection to the node 10.0.0.5:5432',
  ]) {
    const problem = problemOf(sqlError('08006', { message }))
    t.is(problem.status, 503)
    t.is(problem.options.subCode, 'NODE_UNAVAILABLE')
    t.is(problem.options.headers?.['retry-after'], '1')
    t.notRegex(JSON.stringify([toRestBody(problem), toGraphQLBody(problem)]), /10\.0\.0\.5|postgres@/)
  }
})

test('a name that was looked up while the statement ran is a value, not a change of the model', (t) => {
  for (const code of ['42P01', '42704', '42883', '3F000'])
    t.is(problemOf(sqlError(code)).options.subCode, 'NAMES_NOTHING', code)
  t.is(problemOf(sqlError('42703')).options.subCode, 'MODEL_CHANGED')
})

test('a foreign key whose own statements a rule rewrites is not our fault', (t) => {
  t.is(problemOf(sqlError('XX000', { routine: 'ri_PerformCheck' })).options.subCode, 'NOT_SUPPORTED')
})

test("a function's own error code is passed on, and a wrong statement in it is not our fault", (t) => {
  const raisedAs = (code: string) => {
    const { message, status } = problemOf(
      sqlError(code, { message: 'Too late.', routine: 'exec_stmt_raise' }),
    )
    return [message, status]
  }
  t.deepEqual(raisedAs('TT001'), ['Too late.', 400])
  t.deepEqual(raisedAs('XX000'), ['A function in the database failed.', 400])
  const where = 'PL/pgSQL function w_x.act() line 1 at SQL statement'
  t.is(problemOf(sqlError('42601', { where })).options.subCode, 'FUNCTION_FAILS')
  const inlined = 'SQL function "a\nb" during inlining'
  t.is(problemOf(sqlError('42P13', { where: inlined })).options.subCode, 'FUNCTION_FAILS')
  t.is(problemOf(sqlError('42601', { position: '8' })).status, 500)
  t.is(problemOf(sqlError('42601')).options.subCode, 'INVALID_VALUE')
})

for (const [sqlState, status, subCode] of statuses) {
  test(`SQLSTATE ${sqlState} is a ${status} and reveals nothing internal`, (t) => {
    const message = sqlState === 'P0001' ? 'Too late to order.' : 'relation "w_acme_1"."company" SECRET'
    const problem = problemOf(sqlError(sqlState, { message, position: '8' }))
    const rest = toRestBody(problem)
    t.is(problem.status, status)
    t.is(rest.statusCode, status)
    t.is(rest.code, subCode)
    const text = JSON.stringify([rest, toGraphQLBody(problem)])
    t.notRegex(text, /SECRET|w_acme_1|select|\.ts/)
  })
}

test('a duplicate names the fields of the API where the caller knows them', (t) => {
  const error = sqlError('23505', { table: 'person', constraint: 'person_emails_primary_email_key' })
  t.deepEqual(toRestBody(problemOf(error)), {
    statusCode: 409,
    error: 'ConflictException',
    messages: ['A duplicate entry was detected'],
    code: 'DUPLICATE_ENTRY_DETECTED',
  })
  const uniqueFields = (table: string, constraint: string): readonly string[] | undefined =>
    table === 'person' && constraint === 'person_emails_primary_email_key'
      ? ['emails.primaryEmail']
      : undefined
  t.deepEqual(toGraphQLBody(problemOf(error, { uniqueFields })), {
    errors: [
      {
        message: 'A duplicate entry was detected',
        extensions: {
          code: 'CONFLICT',
          subCode: 'DUPLICATE_ENTRY_DETECTED',
          userFriendlyMessage: 'A duplicate entry was detected',
          hint: 'The value of emails.primaryEmail is already taken.',
          fields: ['emails.primaryEmail'],
        },
      },
    ],
  })
})

test('a missing value names the field of the API', (t) => {
  const error = sqlError('23502', { table: 'opportunity', column: 'close_stage' })
  t.is(
    problemOf(error, { field: () => 'closeStage' }).message,
    'Field closeStage is not nullable and has no default value.',
  )
  t.notRegex(problemOf(error).message, /close_stage/)
})

test('a value that does not parse is not repeated: it may be a row of the database', (t) => {
  const message = 'invalid input value for enum w_acme_1.opportunity_stage: "NOPE: \\"x"'
  t.is(problemOf(sqlError('22P02', { message })).message, 'A value does not fit the type of its field.')
  const long = problemOf(
    sqlError('22P02', { message: `invalid input syntax for type uuid: "${'x'.repeat(5000)}"` }),
  )
  t.true(long.message.length < 200)
})

test('a foreign key violation names the missing side', (t) => {
  const missing = sqlError('23503', {
    message: 'insert or update on table "person" violates foreign key constraint',
  })
  t.is(problemOf(missing).message, 'A record that the request refers to does not exist.')
  const named = sqlError('23503', {
    message: missing.message,
    table: 'person',
    constraint: 'person_company_id_fkey',
  })
  const { options } = problemOf(named, { joinFields: () => ['companyId'] })
  t.is(options.hint, 'It is the value of companyId.')
  t.deepEqual(options.facts, { fields: ['companyId'] })
  const used = sqlError('23503', {
    message: 'update or delete on table "company" violates foreign key constraint',
  })
  t.is(problemOf(used).message, 'Other records still refer to this record.')
})

test("an operator's own raise reaches the caller with its hint", (t) => {
  const body = toRestBody(
    problemOf(sqlError('P0001', { message: 'Too late to order.', hint: 'Order before noon.' })),
  )
  t.deepEqual(body.messages, ['Too late to order.', 'Order before noon.'])
})

test('a lost connection is a 503 that invites to try again only when nothing can have happened', (t) => {
  const refused = problemOf(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
  t.is(refused.status, 503)
  t.is(refused.options.headers?.['retry-after'], '1')
  const lost = problemOf(new ConnectionError('connection_lost', 'the connection was lost'))
  t.is(lost.status, 503)
  t.is(lost.options.headers, undefined)
  t.is(problemOf(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })).status, 503)
})

test('refusals of the domain have their statuses', (t) => {
  const statusOf = (refusal: Refusal): number => problemOf(refusal).status
  t.is(statusOf(new Refusal('NOT_FOUND', 'x')), 404)
  t.is(statusOf(new Refusal('CONFLICT', 'x')), 409)
  t.is(statusOf(new Refusal('INVALID_INPUT', 'x')), 400)
  t.is(statusOf(new Refusal('FORBIDDEN', 'x')), 403)
})

test('a problem stays the same; anything else thrown is a 500 with an id of its own', (t) => {
  const problem = new Problem('NOT_FOUND', 'Record not found')
  t.is(problemOf(problem), problem)
  for (const thrown of [new TypeError('x is undefined'), 'a string', null, undefined, { code: '23505' }]) {
    const unknown = problemOf(thrown)
    t.is(unknown.status, 500)
    t.regex(String(unknown.options.facts?.exceptionEventId), /^[0-9a-f-]{36}$/)
    t.is(unknown.message, 'Something went wrong on our side.')
  }
})
