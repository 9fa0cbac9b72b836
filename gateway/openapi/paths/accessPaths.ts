// API keys and roles over REST, as path items of metadata/access/restKeys.ts and restRoles.ts. Answers have
// no envelope; lists are arrays or, in the flat format, pages.

import { MAX_PAGE } from '../../../tenants/listPage.ts'
import { COUNT, jsonResponse, PAGE_INFO } from '../answers.ts'
import { leafProperties } from '../graphqlTypes.ts'
import { inputBody, keyParameter, type MetadataScope, outputType } from '../nodes.ts'
import { type Parameter, parameterRef } from '../parameters.ts'
import { type Refusals, refusals } from '../problems.ts'
import { BOOLEAN, listOf, objectOf, type Schema, STRING, wholeObjectOf, without } from '../schema.ts'

export const UUID: Schema = { type: 'string', format: 'uuid' }
const UNUSED_ID = '018f2b6a-7c1d-7e3f-9a5b-0c2d4e6f8a1b'

const flag = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { ...BOOLEAN, default: false },
})

/** By component name. */
export const ACCESS_PARAMETERS = {
  includeRevoked: flag('include_revoked', 'Include revoked keys.'),
  pageLimit: {
    name: 'limit',
    in: 'query',
    description: 'How many items the page holds. Absent: 1000.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE },
  },
  afterItem: {
    name: 'starting_after',
    in: 'query',
    description:
      'Id of the last item of the page before. The `Link` header holds the address of the next page.',
    schema: UUID,
  },
  searchedName: {
    name: 'search',
    in: 'query',
    description: 'Beginnings of words of the name, in any letter case.',
    schema: { type: 'string', maxLength: 200 },
  },
  permanent: flag('permanent', 'Delete permanently, instead of revoking it.'),
} as const satisfies Readonly<Record<string, Parameter>>

interface Asked extends Refusals {
  readonly operationId: string
  readonly summary: string
  readonly status?: 200 | 201
  readonly parameters?: readonly (keyof typeof ACCESS_PARAMETERS)[]
  readonly requestBody?: Schema
}

export interface AccessScope extends MetadataScope {
  readonly isFlat: boolean
}

export const wholeList = ({ components, isFlat }: AccessScope, item: Schema): Schema =>
  isFlat
    ? wholeObjectOf({
        data: listOf(item),
        pageInfo: components.share('PageInfo', PAGE_INFO),
        totalCount: COUNT,
      })
    : listOf(item)

export const operation = (tag: string, answer: Schema, asked: Asked) => {
  const { operationId, summary, status = 200, parameters = [], requestBody, ...refused } = asked
  return {
    operationId,
    tags: [tag],
    summary,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterRef) }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: {
      [status]: jsonResponse(status === 201 ? 'Created.' : 'Done.', answer),
      ...refusals({ ...refused, hasBody: requestBody !== undefined }),
    },
  }
}

const keySchemas = ({ components, schema }: MetadataScope) => {
  const properties = {
    ...without(leafProperties(components, outputType(schema, 'ApiKey')), 'token'),
    role: wholeObjectOf({ id: UUID, label: STRING }),
  }
  const token: Schema = { ...STRING, description: 'The token that authenticates requests. Shown only once.' }
  return {
    key: components.share('ApiKey', wholeObjectOf(properties)),
    keyWithToken: components.share('ApiKeyWithToken', wholeObjectOf({ ...properties, token })),
  }
}

const EXPIRY_BODY: Schema = {
  required: false,
  content: {
    'application/json': {
      schema: objectOf({
        expiresAt: {
          type: ['string', 'null'],
          description: "Expiry of the token, if earlier than the key's.",
        },
      }),
    },
  },
}

export const keyPaths = (scope: AccessScope): Readonly<Record<string, unknown>> => {
  const { key, keyWithToken } = keySchemas(scope)
  return {
    '/apiKeys': {
      get: operation('apiKeys', wholeList(scope, key), {
        operationId: 'findManyApiKeys',
        summary: 'Find API keys',
        parameters: ['includeRevoked', 'pageLimit', 'afterItem', 'searchedName'],
      }),
      post: operation('apiKeys', keyWithToken, {
        operationId: 'createOneApiKey',
        summary: 'Create one API key',
        status: 201,
        canConflict: true,
        requestBody: inputBody(scope, 'CreateApiKeyInput', {
          name: 'CI',
          expiresAt: '2030-01-01T00:00:00.000Z',
          roleId: UNUSED_ID,
        }),
      }),
    },
    '/apiKeys/{id}': {
      parameters: keyParameter('Id of the key.', UUID),
      get: operation('apiKeys', key, { operationId: 'findOneApiKey', summary: 'Find one API key' }),
      patch: operation('apiKeys', key, {
        operationId: 'updateOneApiKey',
        summary: 'Change one API key',
        canConflict: true,
        requestBody: inputBody(scope, 'UpdateApiKeyInput', { name: 'CI, renamed' }, ['id']),
      }),
      delete: operation('apiKeys', key, {
        operationId: 'deleteOneApiKey',
        summary: 'Revoke one API key, or delete it',
        canConflict: true,
        parameters: ['permanent'],
      }),
    },
    '/apiKeys/{id}/token': {
      parameters: keyParameter('Id of the key.', UUID),
      post: operation('apiKeys', keyWithToken, {
        operationId: 'generateApiKeyToken',
        summary: 'Issue a new token; earlier ones stop working at once',
        status: 201,
        canConflict: true,
        requestBody: EXPIRY_BODY,
      }),
    },
  }
}

/** Permissions of a role that differ from its general rights. */
const restrictionsOf = ({ components, schema }: MetadataScope): Readonly<Record<string, Schema>> => {
  const leaves = (name: string): Schema =>
    components.share(name, wholeObjectOf(leafProperties(components, outputType(schema, name))))
  const rules = {
    rowLevelPermissionPredicates: listOf(leaves('RowLevelPermissionPredicate')),
    rowLevelPermissionPredicateGroups: listOf(leaves('RowLevelPermissionPredicateGroup')),
  }
  const objectPermission = wholeObjectOf({
    ...leafProperties(components, outputType(schema, 'ObjectPermission')),
    ...rules,
  })
  return {
    objectPermissions: listOf(components.share('ObjectPermission', objectPermission)),
    fieldPermissions: listOf(leaves('FieldPermission')),
    ...rules,
  }
}

const roleSchemas = (scope: MetadataScope) => {
  const { components, schema } = scope
  const properties = {
    ...without(leafProperties(components, outputType(schema, 'Role')), 'universalIdentifier'),
    permissionFlags: listOf(STRING),
  }
  return {
    role: components.share('Role', wholeObjectOf(properties)),
    wholeRole: components.share(
      'RoleWithPermissions',
      wholeObjectOf({
        ...properties,
        ...restrictionsOf(scope),
        apiKeys: listOf(wholeObjectOf({ id: UUID, name: STRING })),
        workspaceMembers: listOf(wholeObjectOf({ id: UUID })),
      }),
    ),
  }
}

/** Collections of a role, each set by a PUT. */
const SETTINGS = [
  {
    name: 'objectPermissions',
    input: 'UpsertObjectPermissionsInput',
    summary: "Set the role's permissions on some objects; others stay as they are",
    example: { objectPermissions: [{ objectMetadataId: UNUSED_ID, canUpdateObjectRecords: false }] },
  },
  {
    name: 'fieldPermissions',
    input: 'UpsertFieldPermissionsInput',
    summary: "Set the role's permissions on some fields; others stay as they are",
    example: {
      fieldPermissions: [
        { objectMetadataId: UNUSED_ID, fieldMetadataId: UNUSED_ID, canReadFieldValue: false },
      ],
    },
  },
  {
    name: 'permissionFlags',
    input: 'UpsertPermissionFlagsInput',
    summary: 'Set all flags of the role',
    example: { permissionFlagKeys: ['DATA_MODEL'] },
  },
  {
    name: 'rowLevelPermissionPredicates',
    input: 'UpsertRowLevelPermissionPredicatesInput',
    summary: 'Set all record rules of the role for one object',
    example: { objectMetadataId: UNUSED_ID, predicates: [], predicateGroups: [] },
  },
] as const

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

export const rolePaths = (scope: AccessScope): Readonly<Record<string, unknown>> => {
  const { role, wholeRole } = roleSchemas(scope)
  const parameters = keyParameter('Id of the role.', UUID)
  const settings = SETTINGS.map(({ name, input, summary, example }) => [
    `/roles/{id}/${name}`,
    {
      parameters,
      put: operation('roles', wholeRole, {
        operationId: `set${capitalised(name)}`,
        summary,
        canConflict: true,
        requestBody: inputBody(scope, input, example, ['roleId']),
      }),
    },
  ])
  return {
    '/roles': {
      get: operation('roles', wholeList(scope, role), {
        operationId: 'findManyRoles',
        summary: 'Find roles',
        parameters: ['pageLimit', 'afterItem', 'searchedName'],
      }),
      post: operation('roles', role, {
        operationId: 'createOneRole',
        summary: 'Create one role',
        status: 201,
        canConflict: true,
        requestBody: inputBody(scope, 'CreateRoleInput', { label: 'Seller', canReadAllObjectRecords: true }),
      }),
    },
    '/roles/{id}': {
      parameters,
      get: operation('roles', wholeRole, {
        operationId: 'findOneRole',
        summary: 'Find one role with all its permissions',
      }),
      patch: operation('roles', role, {
        operationId: 'updateOneRole',
        summary: 'Change one role',
        canConflict: true,
        requestBody: inputBody(scope, 'UpdateRolePayload', { description: 'Sells' }),
      }),
      delete: operation('roles', role, {
        operationId: 'deleteOneRole',
        summary: 'Delete one role; its members get the default one',
        canConflict: true,
      }),
    },
    ...Object.fromEntries(settings),
  }
}
