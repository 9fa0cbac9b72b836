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
  core: `Records of the workspace. This document is made for the key that asks for it: it names what the key's role may see and do, and \
changes with the data model. Without a key it names no objects.

PUT does what PATCH does, HEAD what GET does without the body, \`/restore/{plural}\` what \`/{plural}/restore\` does. Parameters that \
are not named here are ignored, fields that are not named here are refused. Numbers of type \`bigint\` and \`numeric\` travel as strings.`,
  metadata: `The data model of the workspace, its keys and roles, as far as the role of the key that asks may see and change them. What \
is created here is there with the next request, in the API of records too. Without a key this document names no paths.`,
}

export const securitySchemes: Readonly<Record<string, Schema>> = {
  bearerAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An API key of the workspace. It travels in this header alone, never in the URL.',
  },
}

const DOCUMENT_PATH: Readonly<Record<string, unknown>> = {
  get: {
    operationId: 'GetOpenApiSchema',
    summary: 'This document',
    description:
      'Returns the document for the key that asks. Without a key, or with one that is not valid, it names no objects.',
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

const LIMITS = `An answer to a counted request names the limits of its key in \`RateLimit-Policy\` and what is left of them in \
\`RateLimit\`; a request beyond a limit gets a 429 with \`Retry-After\`.`

/** The whole document except its version and servers. */
export const documentOf = (subject: DocumentedApi, parts: DocumentParts) => {
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
      ...usedSections(paths, {
        headers: HEADERS,
        parameters,
        responses: { ...PROBLEM_RESPONSES, ...responses },
        schemas,
      }),
    },
  }
}
