// Root fields grow with the objects of a model: five for reading and up to twelve for writing each. The
// plugins list them by name, and a field's type and arguments are made when a document first selects it.

import type { GraphQLFieldConfig } from 'postgraphile/graphql'

export type Root = 'query' | 'mutation' | 'subscription'

export type FieldConfig = GraphQLFieldConfig<unknown, unknown>

export type ListedField = readonly [name: string, make: () => FieldConfig]

/**
 * The fields of a root that one plugin adds.
 * @param isTaken whether a plugin before it has added a field of the name
 */
export type RootFields = (
  build: GraphileBuild.Build,
  root: Root,
  isTaken: (name: string) => boolean,
) => readonly ListedField[]
