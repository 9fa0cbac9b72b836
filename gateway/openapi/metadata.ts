// The document of `/rest/metadata`, for the workspace's answer format and the flags of the caller's role.

import type { GraphQLSchema } from 'postgraphile/graphql'
import type { PermissionFlag } from '../../tenants/permission/flag.ts'
import type { DocumentParts } from './base.ts'
import { createComponents } from './components.ts'
import { ACCESS_PARAMETERS, keyPaths } from './paths/accessPaths.ts'
import { changeLogPaths } from './paths/changePaths.ts'
import { DOCUMENT_PARAMETERS, documentPaths } from './paths/documentPaths.ts'
import { MODEL_PARAMETERS, modelPaths } from './paths/modelPaths.ts'
import { rolePaths } from './paths/rolePaths.ts'
import { webhookPaths } from './paths/webhookPaths.ts'

interface MetadataDocumentOptions {
  readonly schema: GraphQLSchema
  readonly isFlat: boolean
  readonly flags: ReadonlySet<PermissionFlag>
}

const TAGS = {
  objects: 'Objects of the data model.',
  fields: 'Fields of objects, including relations.',
  model: 'The whole data model as a document.',
  changeLog: 'Whether changes to objects are logged and kept.',
  apiKeys: 'API keys of this workspace.',
  webhooks: 'Requests to a URL for changes to records.',
  roles: 'Roles and their permissions.',
} as const

export const describeMetadata = ({ schema, isFlat, flags }: MetadataDocumentOptions): DocumentParts => {
  const components = createComponents()
  const paths = {
    ...modelPaths({ components, schema, isFlat, canChange: flags.has('DATA_MODEL') }),
    ...(flags.has('DATA_MODEL') ? documentPaths({ components, schema }) : {}),
    ...(flags.has('DATA_MODEL') ? changeLogPaths({ components, schema }) : {}),
    ...(flags.has('API_KEYS_AND_WEBHOOKS') ? keyPaths({ components, schema, isFlat }) : {}),
    ...(flags.has('API_KEYS_AND_WEBHOOKS') ? webhookPaths({ components, schema, isFlat }) : {}),
    ...(flags.has('ROLES') ? rolePaths({ components, schema, isFlat }) : {}),
  }
  const isUsed = (tag: string): boolean => Object.hasOwn(paths, `/${tag}`)
  return {
    paths,
    tags: Object.entries(TAGS).flatMap(([name, description]) =>
      isUsed(name) ? [{ name, description }] : [],
    ),
    schemas: components.schemas(),
    parameters: { ...MODEL_PARAMETERS, ...DOCUMENT_PARAMETERS, ...ACCESS_PARAMETERS },
    responses: {},
    limits: '',
  }
}
