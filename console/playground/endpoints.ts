// The four playgrounds: their paths, labels and API descriptions.

export interface Endpoint {
  readonly path: string
  readonly label: string
  /** Path of the OpenAPI document, or of the endpoint to introspect. */
  readonly source: string
}

export const REST: Endpoint = { path: '/playground/rest', label: 'REST', source: '/rest/open-api/core' }
export const REST_METADATA: Endpoint = {
  path: '/playground/rest-metadata',
  label: 'REST metadata',
  source: '/rest/open-api/metadata',
}
export const GRAPHQL: Endpoint = { path: '/playground/graphql', label: 'GraphQL', source: '/graphql' }
export const GRAPHQL_METADATA: Endpoint = {
  path: '/playground/graphql-metadata',
  label: 'GraphQL metadata',
  source: '/metadata',
}

export const ENDPOINTS = [REST, REST_METADATA, GRAPHQL, GRAPHQL_METADATA] as const
