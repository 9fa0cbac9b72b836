// Types of a GraphQL schema as TypeScript types.

import {
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'postgraphile/graphql'

/** As values travel in JSON; scalars that are not listed are texts. */
const SCALARS: Readonly<Record<string, string>> = {
  Int: 'number',
  Float: 'number',
  Boolean: 'boolean',
  BigInt: 'number | string',
  BigFloat: 'number | string',
  Position: "number | 'first' | 'last'",
  JSON: 'unknown',
}

const named = (type: GraphQLType): string => {
  if (isNonNullType(type)) return present(type.ofType)
  return `${present(type)} | null`
}

const present = (type: GraphQLType): string => (isListType(type) ? `(${named(type.ofType)})[]` : String(type))

const comment = (text: string | null | undefined, indent: string): string =>
  text ? `${indent}/** ${text.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ')} */\n` : ''

const bodyOf = (type: GraphQLNamedType): string => {
  if (isEnumType(type))
    return type
      .getValues()
      .map(({ name }) => JSON.stringify(name))
      .join(' | ')
  if (!isObjectType(type) && !isInputObjectType(type)) return SCALARS[type.name] ?? 'string'
  const isInput = isInputObjectType(type)
  const lines = Object.values(type.getFields()).map((field) => {
    const mark = isInput && !isNonNullType(field.type) ? '?' : ''
    return `${comment(field.description, '  ')}  ${field.name}${mark}: ${named(field.type)}`
  })
  return `{\n${lines.join('\n')}\n}`
}

/** GraphQL's own scalars have names that TypeScript gives to its objects. */
const OWN = new Set(['String', 'Boolean'])

/** One exported type for each type, in the order of the schema. */
export const graphqlTypes = (schema: GraphQLSchema): string => {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
  return types
    .map((type) => {
      const start = OWN.has(type.name) ? 'type' : 'export type'
      const body = type.name === 'Boolean' ? 'boolean' : bodyOf(type)
      return `${comment(type.description, '')}${start} ${type.name} = ${body}\n`
    })
    .join('\n')
}
