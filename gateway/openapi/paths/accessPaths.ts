// API keys over REST, as path items of metadata/access/restKeys.ts. Answers have no envelope; lists are
// arrays or, in the flat format, pages.

import { MAX_PAGE } from '../../../tenants/listPage.ts'
import { UNUSED_ID } from '../../records/exampleRecord.ts'
import { COUNT, jsonResponse, PAGE_INFO } from '../answers.ts'
import { leafProperties } from '../graphqlTypes.ts'
import type { HeaderName } from '../headers.ts'
import { inputBody, keyParameter, type MetadataScope, outputType } from '../nodes.ts'
import { type Parameter, parameterRef } from '../parameters.ts'
import { type Refusals, refusals } from '../problems.ts'
import { BOOLEAN, listOf, objectOf, type Schema, STRING, wholeObjectOf, without } from '../schema.ts'

export const UUID: Schema = { type: 'string', format: 'uuid' }

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
    description: 'Page size; 1000 by default.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE },
  },
  afterItem: {
    name: 'starting_after',
    in: 'query',
    description:
      'Id of the last item on the previous page. The `Link` header has the address of the next page.',
    schema: UUID,
  },
  searchedName: {
    name: 'search',
    in: 'query',
    description: 'First letters of words in the name, ignoring case.',
    schema: { type: 'string', maxLength: 200 },
  },
  permanent: flag('permanent', 'Delete permanently, instead of revoking it.'),
} as const satisfies Readonly<Record<string, Parameter>>

interface Asked extends Refusals {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly status?: 200 | 201
  readonly parameters?: readonly (keyof typeof ACCESS_PARAMETERS)[]
  readonly requestBody?: Schema
  readonly headers?: readonly HeaderName[]
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
  const {
    operationId,
    summary,
    description,
    status = 200,
    parameters = [],
    requestBody,
    headers = [],
  } = asked
  return {
    operationId,
    tags: [tag],
    summary,
    description,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterRef) }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: {
      [status]: jsonResponse(status === 201 ? 'Created.' : 'Done.', answer, ...headers),
      ...refusals({ canConflict: asked.canConflict === true, hasBody: requestBody !== undefined }),
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

const tokenPath = (keyWithToken: Schema): Readonly<Record<string, unknown>> => ({
  '/apiKeys/{id}/token': {
    parameters: keyParameter('Id of the key.', UUID),
    post: operation('apiKeys', keyWithToken, {
      operationId: 'generateApiKeyToken',
      summary: 'Issue a new token; earlier ones stop working immediately',
      description: 'The token expires at `expiresAt`, but not later than the key.',
      status: 201,
      canConflict: true,
      requestBody: EXPIRY_BODY,
    }),
  },
})

export const keyPaths = (scope: AccessScope): Readonly<Record<string, unknown>> => {
  const { key, keyWithToken } = keySchemas(scope)
  return {
    '/apiKeys': {
      get: operation('apiKeys', wholeList(scope, key), {
        operationId: 'findManyApiKeys',
        summary: 'Find API keys',
        description: 'Returns the active keys, newest first, without their tokens.',
        headers: ['Link'],
        parameters: ['includeRevoked', 'pageLimit', 'afterItem', 'searchedName'],
      }),
      post: operation('apiKeys', keyWithToken, {
        operationId: 'createOneApiKey',
        summary: 'Create one API key',
        description:
          'Creates a key with a role that may do no more than the caller. Only this response contains the token.',
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
      get: operation('apiKeys', key, {
        operationId: 'findOneApiKey',
        summary: 'Find one API key',
        description: 'Returns the key with its role, expiry and last use.',
      }),
      patch: operation('apiKeys', key, {
        operationId: 'updateOneApiKey',
        summary: 'Change one API key',
        description:
          'Changes name, expiry, role, rate limit or networks. `revokedAt: null` reinstates a revoked key. A change that shuts out the address of the caller needs `force`.',
        canConflict: true,
        requestBody: inputBody(scope, 'UpdateApiKeyInput', { name: 'CI, renamed' }, ['id']),
      }),
      delete: operation('apiKeys', key, {
        operationId: 'deleteOneApiKey',
        summary: 'Revoke one API key, or delete it',
        description:
          'The key stops working within a second on every gateway. With `permanent` its row is deleted too.',
        canConflict: true,
        parameters: ['permanent'],
      }),
    },
    ...tokenPath(keyWithToken),
  }
}
