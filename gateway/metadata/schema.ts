// The executable schema of the metadata API, from the .graphql files and resolvers by type and field. A
// resolver for an undeclared field fails at the start.

import { readFileSync } from 'node:fs'
import {
  buildASTSchema,
  defaultFieldResolver,
  GraphQLNonNull,
  type GraphQLOutputType,
  GraphQLScalarType,
  type GraphQLSchema,
  GraphQLString,
  getNamedType,
  getNullableType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  parse,
} from 'postgraphile/graphql'
import { LongText } from '../slices/longText.ts'
import type { MetadataContext } from './context.ts'
import { PUBLIC } from './publicDocument.ts'
import { defineScalar } from './scalars.ts'

interface Resolving {
  resolve(source: unknown, args: unknown, context: MetadataContext): unknown
}

/** A method type, so that each resolver can declare the source and arguments that the schema passes. */
export type Resolver = Resolving['resolve']
/** Marks a root field as public. */
export interface PublicResolver {
  readonly resolvePublicly: Resolver
}
export type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolver | PublicResolver>>>>

const FILES = [
  'model/model.graphql',
  'model/document.graphql',
  'model/changeLog.graphql',
  'people/workspace.graphql',
  'access/access.graphql',
  'access/tokens.graphql',
  'webhooks/webhooks.graphql',
]

/** Types whose nodes keep their plain properties in `body`. */
const BODIED = new Set(['Object', 'Field', 'Index'])

const readBody = (
  source: unknown,
  _args: unknown,
  _context: unknown,
  { fieldName }: { fieldName: string },
): unknown => {
  const body: unknown =
    typeof source === 'object' && source !== null && 'body' in source ? source.body : undefined
  // Not by a map of all its properties: a document asks for tens of thousands of them.
  return typeof body === 'object' && body !== null && Object.hasOwn(body, fieldName)
    ? Reflect.get(body, fieldName)
    : undefined
}

const attach = (schema: GraphQLSchema, typeName: string, resolvers: Resolvers[string]): void => {
  const type = schema.getType(typeName)
  if (!isObjectType(type)) throw new Error(`Resolvers are given for ${typeName}, which is not declared.`)
  const fields = type.getFields()
  for (const [name, resolver] of Object.entries(resolvers)) {
    const field = fields[name]
    if (field === undefined)
      throw new Error(`A resolver is given for ${typeName}.${name}, which is not declared.`)
    if (typeof resolver === 'function') field.resolve = resolver
    else {
      field.resolve = resolver.resolvePublicly
      field.extensions = { ...field.extensions, ...PUBLIC }
    }
  }
}

const isListOfNodes = (type: GraphQLOutputType): boolean =>
  isListType(getNullableType(type)) && isObjectType(getNamedType(type))

/** Completes what lists hold in slices. */
const paceLists = (schema: GraphQLSchema): void => {
  // Those of introspection are GraphQL's own, and all schemas share them.
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !isIntrospectionType(type),
  )
  for (const field of types.flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()) : []))) {
    if (!isListOfNodes(field.type)) continue
    const { resolve = defaultFieldResolver } = field
    field.resolve = (source, args, context, info) => {
      const paced = (found: unknown): unknown =>
        Array.isArray(found) ? (context.pace?.list(found) ?? found) : found
      const found: unknown = resolve(source, args, context, info)
      return found instanceof Promise ? found.then(paced) : paced(found)
    }
  }
}

/** `String` for results, which may be long texts as well. */
const STRING = new GraphQLScalarType({
  ...GraphQLString.toConfig(),
  serialize: (value) => (value instanceof LongText ? value : GraphQLString.serialize(value)),
})

const withLongText = (type: GraphQLOutputType): GraphQLOutputType => {
  if (isNonNullType(type)) {
    const inner = type.ofType === GraphQLString ? STRING : null
    return inner === null ? type : new GraphQLNonNull(inner)
  }
  return type === GraphQLString ? STRING : type
}

/** Of the root alone: fields below it may be compared with GraphQL's own, such as `__typename`. */
const allowLongTexts = (schema: GraphQLSchema): void => {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {}))
    field.type = withLongText(field.type)
}

export const createMetadataSchema = (parts: readonly Resolvers[]): GraphQLSchema => {
  const text = FILES.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n')
  const schema = buildASTSchema(parse(text))
  for (const type of Object.values(schema.getTypeMap())) if (isScalarType(type)) defineScalar(type)
  for (const name of BODIED) {
    const type = schema.getType(name)
    if (isObjectType(type)) for (const field of Object.values(type.getFields())) field.resolve = readBody
  }
  for (const part of parts)
    for (const [typeName, resolvers] of Object.entries(part)) attach(schema, typeName, resolvers)
  paceLists(schema)
  allowLongTexts(schema)
  return schema
}
