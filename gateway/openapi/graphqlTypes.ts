// Converts GraphQL types to JSON Schema: REST and /metadata exchange the same metadata, whose types are
// declared once, for GraphQL. modelPaths.ts and accessPaths.ts decide which properties refer to other things.

import {
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isScalarType,
} from 'postgraphile/graphql'
import type { Components } from './components.ts'
import {
  ANYTHING,
  BOOLEAN,
  closed,
  described,
  listOf,
  objectOf,
  orNull,
  type Schema,
  STRING,
} from './schema.ts'

const SCALARS: Readonly<Record<string, Schema>> = {
  String: STRING,
  Boolean: BOOLEAN,
  Int: { type: 'integer', format: 'int32' },
  Float: { type: 'number' },
  ID: STRING,
  UUID: { type: 'string', format: 'uuid' },
  DateTime: { type: 'string', format: 'date-time' },
  JSON: ANYTHING,
}

const nonNull = (components: Components, type: GraphQLType): Schema => {
  if (isListType(type)) return listOf(typeSchema(components, type.ofType))
  if (isEnumType(type))
    return components.share(type.name, { type: 'string', enum: type.getValues().map(({ name }) => name) })
  if (isInputObjectType(type)) return inputSchema(components, type)
  return isScalarType(type) ? (SCALARS[type.name] ?? ANYTHING) : ANYTHING
}

const typeSchema = (components: Components, type: GraphQLType): Schema =>
  isNonNullType(type) ? nonNull(components, type.ofType) : orNull(nonNull(components, type))

/**
 * Request schema: undeclared properties are refused.
 * @param given properties in the path
 */
export const inputSchema = (
  components: Components,
  input: GraphQLInputObjectType,
  given: readonly string[] = [],
): Schema => {
  const fields = Object.values(input.getFields()).filter(({ name }) => !given.includes(name))
  const properties = Object.fromEntries(
    fields.map(({ name, type, description }) => [
      name,
      described(typeSchema(components, type), { description: description ?? null }),
    ]),
  )
  const required = fields
    .filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)
    .map(({ name }) => name)
  return components.share(input.name, closed(objectOf(properties, required)))
}

const isLeaf = (type: GraphQLType): boolean =>
  isNonNullType(type) || isListType(type) ? isLeaf(type.ofType) : isLeafType(type)

/** Properties with values instead of other things. */
export const leafProperties = (
  components: Components,
  output: GraphQLObjectType,
): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    Object.values(output.getFields())
      .filter(({ type }) => isLeaf(type))
      .map(({ name, type, description }) => [
        name,
        described(typeSchema(components, type), { description: description ?? null }),
      ]),
  )
