// Schemas of /rest/metadata answers. Look-ups in the metadata schema throw for a missing name, because the
// names are in our code.

import {
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
} from 'postgraphile/graphql'
import type { Components } from './components.ts'
import { inputSchema } from './graphqlTypes.ts'
import type { Schema } from './schema.ts'

const inputType = (schema: GraphQLSchema, name: string): GraphQLInputObjectType => {
  const type = schema.getType(name)
  if (!isInputObjectType(type)) throw new Error(`${name} is not an input type of the metadata schema.`)
  return type
}

export const outputType = (schema: GraphQLSchema, name: string): GraphQLObjectType => {
  const type = schema.getType(name)
  if (!isObjectType(type)) throw new Error(`${name} is not an object type of the metadata schema.`)
  return type
}

export interface MetadataScope {
  readonly components: Components
  readonly schema: GraphQLSchema
}

/**
 * A body validated against an input type.
 * @param given properties in the path
 */
export const inputBody = (
  { components, schema }: MetadataScope,
  input: string,
  example: unknown,
  given: readonly string[] = [],
): Schema => ({
  required: true,
  content: {
    'application/json': { schema: inputSchema(components, inputType(schema, input), given), example },
  },
})

export const keyParameter = (description: string, schema: Schema) => [
  { name: 'id', in: 'path', required: true, description, schema },
]
