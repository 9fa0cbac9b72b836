// Errors of values that a body gives to its fields. See errorTable.ts.

import type { ErrorRow } from './errorRow.ts'

const ABSENT = '018f0000-0000-7000-8000-0000000000ff'

/** A field of a person that is given a value it cannot have. */
const value = (
  what: string,
  json: unknown,
  literal: string,
  text: string,
  subCode = 'INVALID_ARGS_DATA',
): ErrorRow => ({
  what,
  rest: ['POST', '/people', json],
  graphql: `mutation { createPerson(data: ${literal}) { id } }`,
  status: 400,
  code: 'BAD_USER_INPUT',
  subCode,
  text,
})

export const VALUES: readonly ErrorRow[] = [
  value(
    'a malformed moment',
    { createdAt: 'x' },
    '{ createdAt: "x" }',
    `Invalid value 'x' for date-time field "createdAt". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'`,
  ),
  value(
    'no position',
    { position: null },
    '{ position: null }',
    'Invalid position value null for field "position"',
  ),
  value(
    'a malformed address',
    { emails: { primaryEmail: 'x' } },
    '{ emails: { primaryEmail: "x" } }',
    `Invalid string value 'x' for email field "emails.primaryEmail"`,
  ),
  value(
    'another malformed address',
    { emails: { additionalEmails: ['x'] } },
    '{ emails: { additionalEmails: ["x"] } }',
    `Invalid string value 'x' for email field "emails.additionalEmails"`,
  ),
  value(
    'a phone number that is none',
    { phones: { primaryPhoneNumber: 'abc' } },
    '{ phones: { primaryPhoneNumber: "abc" } }',
    'Provided phone number is invalid abc',
    'INVALID_PHONE_NUMBER',
  ),
  value(
    'an unknown country',
    { phones: { primaryPhoneCountryCode: 'XX' } },
    '{ phones: { primaryPhoneCountryCode: "XX" } }',
    'Invalid country code XX',
    'INVALID_PHONE_COUNTRY_CODE',
  ),
  value(
    'an unknown calling code',
    { phones: { primaryPhoneCallingCode: '+999' } },
    '{ phones: { primaryPhoneCallingCode: "+999" } }',
    'Invalid calling code +999',
    'INVALID_PHONE_CALLING_CODE',
  ),
  value(
    'a country with the calling code of another',
    { phones: { primaryPhoneCountryCode: 'FR', primaryPhoneCallingCode: '+49' } },
    '{ phones: { primaryPhoneCountryCode: "FR", primaryPhoneCallingCode: "+49" } }',
    'Provided country code and calling code are conflicting',
    'CONFLICTING_PHONE_CALLING_CODE_AND_COUNTRY_CODE',
  ),
  value(
    'a relation that is neither connected nor disconnected',
    { company: {} },
    '{ company: {} }',
    'Relation "company" requires connect or disconnect operation',
  ),
  value(
    'a record to connect that is not there',
    { company: { connect: { where: { id: ABSENT } } } },
    `{ company: { connect: { where: { id: "${ABSENT}" } } } }`,
    'Record to connect to relation "company" was not found.',
    'CONNECT_RECORD_NOT_FOUND',
  ),
  value(
    'a connection that names no record',
    { company: { connect: { where: {} } } },
    '{ company: { connect: { where: {} } } }',
    `Missing required fields: at least one unique constraint has to be fully populated for 'company'.`,
    'CONNECT_UNIQUE_CONSTRAINT_ERROR',
  ),
  value(
    'the id of a relation beside its connection',
    { companyId: null, company: { connect: { where: { id: ABSENT } } } },
    `{ companyId: null, company: { connect: { where: { id: "${ABSENT}" } } } }`,
    'Field "company" and another field both set the same foreign key',
    'CONNECT_NOT_ALLOWED',
  ),
]

const restOnly = (
  what: string,
  method: string,
  path: string,
  body: unknown,
  text: string,
  subCode?: string,
  status = 400,
): ErrorRow => ({
  what,
  rest: [method, path, body],
  status,
  code: 'BAD_USER_INPUT',
  ...(subCode === undefined ? {} : { subCode }),
  text,
})

/** What GraphQL's own types refuse before. */
export const REST_ONLY: readonly ErrorRow[] = [
  restOnly(
    'a text that is a number',
    'POST',
    '/people',
    { jobTitle: 1 },
    'Invalid string value 1 for text field "jobTitle"',
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'a malformed relation id',
    'POST',
    '/people',
    { companyId: 'non-uuid' },
    `Invalid UUID value 'non-uuid' for field "companyId"`,
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'a composite that is a text',
    'POST',
    '/people',
    { name: 'x' },
    `Invalid object value 'x' for field "name"`,
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'an unknown sub-field',
    'POST',
    '/people',
    { emails: { x: 1 } },
    'Invalid subfield x for emails field "emails"',
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'an unknown field',
    'POST',
    '/companies',
    { foo: 1 },
    `Object company doesn't have any "foo" field.`,
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'an unknown option',
    'POST',
    '/opportunities',
    { stage: 'nope' },
    'Invalid value "nope" for field "stage". Valid values are: NEW, SCREENING, MEETING, PROPOSAL, CUSTOMER',
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'a one-to-many relation',
    'POST',
    '/companies',
    { people: [] },
    'One-to-many relation people field does not support write operations.',
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'blocknote that is no JSON',
    'POST',
    '/notes',
    { bodyV2: { blocknote: '{' } },
    'Invalid blocknote value for field "bodyV2.blocknote" - must contain valid JSON',
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'a limit that is no number',
    'GET',
    '/people?limit=abc',
    undefined,
    `limit 'abc' is invalid. Should be an integer`,
  ),
  restOnly(
    'a depth of two',
    'GET',
    '/people?depth=2',
    undefined,
    `'depth=2' parameter invalid. Allowed values are 0, 1`,
  ),
  restOnly('a malformed id', 'GET', '/people/abc', undefined, `'abc' is not a valid UUID`),
  restOnly(
    'neither ids nor data',
    'POST',
    '/people/duplicates',
    {},
    'You have to provide either "data" or "ids" argument',
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'ids and data',
    'POST',
    '/people/duplicates',
    { ids: [], data: [] },
    'You cannot provide both "data" and "ids" arguments',
    'INVALID_ARGS_DATA',
  ),
  restOnly(
    'an object by its singular name',
    'GET',
    '/company',
    undefined,
    `object 'company' not found. Did you mean 'companies'?`,
    'OBJECT_NOT_FOUND',
    404,
  ),
]
