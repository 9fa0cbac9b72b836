// The errors of the contract: the requests, and the texts and codes of the answers. The texts and sub-codes
// are the contract's; the status codes are ours. A row runs over each protocol that it names.

import { LIMITS } from './errorLimits.ts'
import { READS } from './errorReads.ts'
import type { ErrorRow } from './errorRow.ts'
import { REST_ONLY, VALUES } from './errorValues.ts'

const ABSENT = '018f0000-0000-7000-8000-0000000000ff'

const RECORDS: readonly ErrorRow[] = [
  {
    what: 'a record that is not there',
    rest: ['GET', `/people/${ABSENT}`],
    graphql: `{ person(filter: { id: { eq: "${ABSENT}" } }) { id } }`,
    status: 404,
    code: 'NOT_FOUND',
    text: 'Record not found',
  },
  {
    what: 'a bulk update without a filter',
    graphql: 'mutation { updatePeople(filter: {}, data: { jobTitle: "x" }) { id } }',
    status: 400,
    code: 'BAD_USER_INPUT',
    text: 'A non-empty filter is required for a bulk mutation',
  },
  {
    what: 'too many records',
    rest: ['POST', '/batch/people', Array.from({ length: 61 }, () => ({}))],
    graphql: `mutation { createPeople(data: [${'{},'.repeat(61)}]) { id } }`,
    status: 400,
    code: 'BAD_USER_INPUT',
    subCode: 'TOO_MANY_RECORDS_TO_UPDATE',
    text: 'Maximum number of records to upsert is 60.',
  },
  {
    what: 'one record to merge',
    rest: ['PATCH', '/people/merge', { ids: [ABSENT], conflictPriorityIndex: 0 }],
    graphql: `mutation { mergePeople(ids: ["${ABSENT}"], conflictPriorityIndex: 0) { id } }`,
    status: 400,
    code: 'BAD_USER_INPUT',
    subCode: 'INVALID_ARGS_DATA',
    text: 'At least 2 record IDs are required for merge',
  },
]

const metadataRow = (
  what: string,
  metadata: string,
  code: string,
  text: string,
  subCode?: string,
  status = 400,
): ErrorRow => ({
  what,
  metadata,
  status,
  code,
  ...(subCode === undefined ? {} : { subCode }),
  text,
})

/** `$COMPANY`, `$COMPANY_NAME`, `$ADMIN`, `$MEMBER`: ids of the workspace asked. */
const METADATA: readonly ErrorRow[] = [
  metadataRow(
    'another name of a standard object',
    'mutation { updateOneObject(input: { id: "$COMPANY", update: { nameSingular: "firm" } }) { id } }',
    'FORBIDDEN',
    'Cannot edit standard object metadata properties: nameSingular',
    'OBJECT_MUTATION_NOT_ALLOWED',
  ),
  metadataRow(
    'another name of a standard field',
    'mutation { updateOneField(input: { id: "$COMPANY_NAME", update: { name: "firm" } }) { id } }',
    'BAD_USER_INPUT',
    'Cannot edit standard field metadata properties: name',
    'FIELD_MUTATION_NOT_ALLOWED',
  ),
  metadataRow(
    'a role that is not there',
    `mutation { deleteOneRole(roleId: "${ABSENT}") }`,
    'NOT_FOUND',
    `Role with id ${ABSENT} not found`,
    'ROLE_NOT_FOUND',
  ),
  metadataRow(
    'the end of the admin role',
    'mutation { deleteOneRole(roleId: "$ADMIN") }',
    'FORBIDDEN',
    'Role is not editable',
    'ROLE_NOT_EDITABLE',
  ),
  metadataRow(
    'a label of another role',
    'mutation { createOneRole(createRoleInput: { label: "Member" }) { id } }',
    'CONFLICT',
    'A role with this label already exists',
    'ROLE_LABEL_ALREADY_EXISTS',
  ),
  metadataRow(
    'writing without reading',
    'mutation { createOneRole(createRoleInput: { label: "Q", canUpdateAllObjectRecords: true, canReadAllObjectRecords: false }) { id } }',
    'BAD_USER_INPUT',
    'Cannot give writing permission without reading permission',
    'CANNOT_GIVE_WRITING_PERMISSION_WITHOUT_READING_PERMISSION',
  ),
  metadataRow(
    'the end of the default role',
    'mutation { deleteOneRole(roleId: "$MEMBER") }',
    'BAD_USER_INPUT',
    'Default role cannot be deleted',
  ),
  metadataRow(
    'an unknown flag',
    'mutation { upsertPermissionFlags(upsertPermissionFlagsInput: { roleId: "$MEMBER", permissionFlagKeys: ["X"] }) { id } }',
    'BAD_USER_INPUT',
    'Invalid permission setting (unknown value): X',
    'INVALID_SETTING_PERMISSIONS',
  ),
  metadataRow(
    'a key that is not there',
    `mutation { generateApiKeyToken(apiKeyId: "${ABSENT}", expiresAt: "2099-01-01") { token } }`,
    'NOT_FOUND',
    `API Key with id ${ABSENT} not found`,
    'API_KEY_NOT_FOUND',
  ),
]

const UNCODED: ErrorRow = {
  what: 'an object of the metadata that is not there',
  rest: ['GET', `/metadata/objects/${ABSENT}`],
  status: 404,
  code: 'NOT_FOUND',
  text: 'Object not found',
}

export const ERRORS: readonly ErrorRow[] = [
  ...VALUES,
  ...REST_ONLY,
  ...READS,
  ...LIMITS,
  ...RECORDS,
  ...METADATA,
  UNCODED,
]
