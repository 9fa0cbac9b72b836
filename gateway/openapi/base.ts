// The common part of all documents, which is all that anonymous callers get: title, security and the one
// public path. document.ts adds the servers, because they depend on the requested address.

import { HEADERS, knownHeaders } from './headers.ts'
import { PROBLEM_RESPONSES, PUBLIC_REFUSALS } from './problems.ts'
import { OBJECT, type Schema } from './schema.ts'
import { usedSections } from './used.ts'

export const OPENAPI_VERSION = '3.1.1'

/** The API that a document describes. */
export type DocumentedApi = 'core' | 'metadata'

const DESCRIPTIONS: Readonly<Record<DocumentedApi, string>> = {
  core: `Records of the workspace. This document is generated for the key that requests it: it lists what the key's role may see and \
do, and follows the data model. Without a key, it has no objects.

PUT does the same as PATCH, HEAD the same as GET without the body, and \`/restore/{plural}\` the same as \`/{plural}/restore\`. Unknown \
parameters are ignored, unknown fields are refused. A number that a double cannot represent exactly is a string.`,
  metadata: `The data model of the workspace, its keys and roles, limited to what the role of the requesting key may see and change. Both \
APIs serve new objects and fields from the next request on. Without a key, this document has no paths.`,
}

export const securitySchemes: Readonly<Record<string, Schema>> = {
  bearerAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An API key of the workspace. Send it only in this header, never in the URL.',
  },
}

const DOCUMENT_PATH: Readonly<Record<string, unknown>> = {
  get: {
    operationId: 'GetOpenApiSchema',
    summary: 'This document',
    description: 'Returns the document for the requesting key. Without a valid key, it has no objects.',
    tags: ['openApi'],
    security: [{}, { bearerAuth: [] }],
    parameters: [
      {
        name: 'If-None-Match',
        in: 'header',
        description: 'The `ETag` of a cached document.',
        schema: { type: 'string' },
      },
    ],
    responses: {
      '200': {
        description: 'The document, limited to what the caller may see.',
        headers: knownHeaders('ETag'),
        content: { 'application/json': { schema: OBJECT } },
      },
      '304': { description: 'The cached document is current.', headers: knownHeaders('ETag') },
      ...PUBLIC_REFUSALS,
    },
  },
}

export interface DocumentParts {
  readonly paths: Readonly<Record<string, unknown>>
  readonly tags: readonly Schema[]
  readonly schemas: Readonly<Record<string, Schema>>
  readonly parameters: Readonly<Record<string, unknown>>
  readonly responses: Readonly<Record<string, Schema>>
  /** Sentences that follow the description of the API. */
  readonly limits: string
}

export const NO_PARTS: DocumentParts = {
  paths: {},
  tags: [],
  schemas: {},
  parameters: {},
  responses: {},
  limits: '',
}

const LIMITS = `Each response to a counted request has the limits of its key in \`RateLimit-Policy\` and the remaining requests in \
\`RateLimit\`. A request beyond a limit returns 429 with \`Retry-After\`.`

/** The whole document except its version and servers, made in slices. */
export const documentOf = async (subject: DocumentedApi, parts: DocumentParts) => {
  const { tags, schemas, parameters, responses, limits } = parts
  const paths = { ...parts.paths, ...(subject === 'core' ? { '/open-api/core': DOCUMENT_PATH } : {}) }
  return {
    info: {
      title: 'Tenantry API',
      version: 'v0.1',
      description: [DESCRIPTIONS[subject], LIMITS, limits].filter((text) => text !== '').join('\n\n'),
      contact: { name: 'The operator of this gateway' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ bearerAuth: [] }],
    tags: [
      ...tags,
      ...(subject === 'core' ? [{ name: 'openApi', description: 'The API about itself.' }] : []),
    ],
    paths,
    components: {
      securitySchemes,
      ...(await usedSections(paths, {
        headers: HEADERS,
        parameters,
        responses: { ...PROBLEM_RESPONSES, ...responses },
        schemas,
      })),
    },
  }
}
