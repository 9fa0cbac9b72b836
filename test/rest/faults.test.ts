// All faults of a body are returned at once: each with its code, its field and the record of the batch.

import test from 'ava'
import fc from 'fast-check'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

interface Fault {
  readonly code: string
  readonly message: string
  readonly field?: string
  readonly index?: number
}

/** Fields of a person with an invalid value, and the message about it. */
const FAULTS: Readonly<Record<string, readonly [value: unknown, code: string, message: string]>> = {
  jobTitle: [5, 'INVALID_ARGS_DATA', 'Invalid string value 5 for text field "jobTitle"'],
  companyId: ['x', 'INVALID_ARGS_DATA', `Invalid UUID value 'x' for field "companyId"`],
  position: [null, 'INVALID_ARGS_DATA', 'Invalid position value null for field "position"'],
  createdAt: [
    'x',
    'INVALID_ARGS_DATA',
    `Invalid value 'x' for date-time field "createdAt". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'`,
  ],
  nope: [1, 'INVALID_ARGS_DATA', `Object person doesn't have any "nope" field.`],
  emails: [
    { primaryEmail: 'x' },
    'INVALID_ARGS_DATA',
    `Invalid string value 'x' for email field "emails.primaryEmail"`,
  ],
  phones: [{ primaryPhoneNumber: 'abc' }, 'INVALID_PHONE_NUMBER', 'Provided phone number is invalid abc'],
  name: ['Ada', 'INVALID_ARGS_DATA', `Invalid object value 'Ada' for field "name"`],
  company: [{}, 'INVALID_ARGS_DATA', 'Relation "company" requires connect or disconnect operation'],
}
const NAMES = Object.keys(FAULTS)
const wrong = (names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, FAULTS[name]?.[0]]))
const messageOf = (name: string): string => FAULTS[name]?.[2] ?? ''
const withoutHints = (messages: readonly string[]): readonly string[] =>
  messages.filter((message) => !message.startsWith('Did you mean'))

test('any set of faults of one record is reported completely, in the order of the body', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(NAMES, { minLength: 1 }), async (names) => {
      const { status, body } = await client.request('POST', '/rest/people', wrong(names))
      t.is(status, 400)
      t.deepEqual(withoutHints(body.messages), names.map(messageOf))
      t.is(body.code, FAULTS[names[0] ?? '']?.[1])
      if (names.length === 1) return
      t.is(body.faultCount, names.length)
      t.deepEqual(
        body.faults.map(({ code, message }: Fault) => [code, message]),
        names.map((name) => [FAULTS[name]?.[1], messageOf(name)]),
      )
      t.deepEqual(
        body.faults.map(({ field = '' }: Fault) => field.split('.')[0]),
        names,
      )
    }),
    { seed: 29, numRuns: 60 },
  )
})

test('parts of one composite are reported one by one', async (t) => {
  const { body } = await client.request('PATCH', '/rest/people/018f0000-0000-7000-8000-0000000000e1', {
    name: { firstName: 1, middleName: 'x', lastName: 2 },
    emails: { primaryEmail: 'x', additionalEmails: ['y'] },
    phones: { primaryPhoneCountryCode: 'FR', primaryPhoneCallingCode: '+49' },
  })
  t.deepEqual(
    body.faults.map(({ code, field }: Fault) => [code, field]),
    [
      ['INVALID_ARGS_DATA', 'name'],
      ['INVALID_ARGS_DATA', 'emails.primaryEmail'],
      ['INVALID_ARGS_DATA', 'emails.additionalEmails'],
      ['CONFLICTING_PHONE_CALLING_CODE_AND_COUNTRY_CODE', 'phones'],
    ],
  )
})

test('a batch names the record of each fault, also of those found by Postgres', async (t) => {
  const records = [{ jobTitle: 'a' }, wrong(['jobTitle', 'nope']), {}, wrong(['position'])]
  for (const path of ['/rest/batch/people', '/rest/batch/people?upsert=true']) {
    const { body } = await client.request('POST', path, records)
    t.is(body.index, 1, path)
    t.deepEqual(
      body.faults.map(({ index, field }: Fault) => [index, field]),
      [
        [1, 'jobTitle'],
        [1, 'nope'],
        [3, 'position'],
      ],
    )
  }
  const emails = { primaryEmail: 'taken@faults.test' }
  t.is((await client.request('POST', '/rest/people', { emails })).status, 201)
  const twin = await client.request('POST', '/rest/batch/people', [{}, {}, { emails }])
  t.like(twin.body, { statusCode: 409, index: 2, fields: ['emails.primaryEmail'] })
  const missing = '018f0000-0000-7000-8000-0000000000ff'
  const broken = await client.request('POST', '/rest/batch/people', [{}, { companyId: missing }])
  t.like(broken.body, { statusCode: 409, index: 1, fields: ['companyId'] })
  const unconnected = await client.request('POST', '/rest/batch/people?upsert=true', [
    {},
    { company: { connect: { where: { id: missing } } } },
  ])
  t.like(unconnected.body, { code: 'CONNECT_RECORD_NOT_FOUND', index: 1 })
})

test('GraphQL lists the same faults beside the first, literal or in variables', async (t) => {
  const literal = await client.graphql(
    'mutation { createPeople(data: [{}, { createdAt: "x", position: "y", emails: { primaryEmail: "x" } }]) { id } }',
  )
  const [error] = literal.body.errors
  t.is(error.extensions.subCode, 'INVALID_ARGS_DATA')
  t.is(error.message, error.extensions.faults[0].message)
  t.deepEqual(
    error.extensions.faults.map(({ field, index }: Fault) => [field, index]),
    // GraphQL hands on what it was given in the order of its type.
    [
      ['emails.primaryEmail', 1],
      ['createdAt', 1],
      ['position', 1],
    ],
  )
  const variables = await client.graphql(
    'mutation ($data: PersonCreateInput!) { createPerson(data: $data) { id } }',
    { data: wrong(['jobTitle', 'nope']) },
  )
  t.deepEqual(
    variables.body.errors[0].extensions.faults.map(({ field }: Fault) => field),
    ['jobTitle', 'nope'],
  )
})

test('the list of faults is bounded, their number is not', async (t) => {
  const records = Array.from({ length: 50 }, () => wrong(['jobTitle']))
  const { body } = await client.request('POST', '/rest/batch/people', records)
  t.is(body.faultCount, 50)
  t.is(body.faults.length, 20)
  t.is(body.messages.length, 21)
  t.is(body.messages[20], 'There are 30 more errors.')
})
