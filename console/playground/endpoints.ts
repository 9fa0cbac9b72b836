// The four playgrounds: where they are in the console and what they speak to.

export interface Endpoint {
  readonly path: string
  readonly label: string
  /** Where the description of the API comes from: an OpenAPI document or introspection. */
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
