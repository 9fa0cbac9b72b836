// A schema whose types are made when a document names them. GraphQL's own constructor visits every field of
// every type to know the types, so it is given none; the schema's lookups are replaced. Who needs all types
// (introspection, the printed schema) completes the schema first, in slices.

import {
  __Schema,
  type GraphQLNamedType,
  GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isInputObjectType,
  isObjectType,
  specifiedDirectives,
} from 'postgraphile/graphql'
import { createSlices, eachInSlices, type SlicesOptions } from '../../../tenants/model/read/slices.ts'
import { createHashTable, hashTableOf } from '../../slices/hashTable.ts'
import type { LazyTypes } from './lazyTypes.ts'

type TypeMap = Record<string, GraphQLNamedType>

/** Fields and arguments after which a slice ends. Measured: 5 µs each in a warm process, 40 in a cold one. */
const MAX_FIELDS_PER_SLICE = 250

/** Names that are put into a map in the time of a field. */
const TYPES_PER_FIELD = 20

const namesBySchema = new WeakMap<GraphQLSchema, Iterable<string>>()

/** Names of the schema's types. */
export const typeNamesOf = (schema: GraphQLSchema): Iterable<string> =>
  namesBySchema.get(schema) ?? Object.keys(schema.getTypeMap())

/** The types that a type names: for each field its own, then those of its arguments. */
function* namedIn(type: GraphQLNamedType): Generator<GraphQLType> {
  if (!isObjectType(type) && !isInputObjectType(type)) return
  const fields = type.getFields()
  // By name: reading the fields of a root together would build them all at once.
  for (const name of Object.keys(fields)) {
    const field = fields[name]
    if (field === undefined) continue
    yield field.type
    if ('args' in field) for (const { type: argument } of field.args) yield argument
  }
}

const sizeOf = (type: GraphQLNamedType): number =>
  isObjectType(type) || isInputObjectType(type) ? Object.keys(type.getFields()).length : 1

/**
 * Finds all types in the order of GraphQL's constructor. Yields after each piece that may have been built: a
 * field of a root, or all fields of another type; the value is their number.
 */
function* collectTypes(roots: Iterable<GraphQLNamedType>, found: Set<GraphQLNamedType>): Generator<number> {
  for (const root of roots) {
    const path = found.has(root) ? [] : [namedIn(root)]
    found.add(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { value, done } = top.next()
      if (done === true) {
        path.pop()
        continue
      }
      if (path.length === 1) yield 1
      const type = getNamedType(value)
      if (found.has(type)) continue
      found.add(type)
      path.push(namedIn(type))
      yield sizeOf(type)
    }
  }
}

const isPresent = <Type>(type: Type | null | undefined): type is Type => type != null

/** Of all fields of a root. */
function* settleFields(root: GraphQLNamedType): Generator<number> {
  if (!isObjectType(root)) return
  const made = root.getFields()
  const fields = createHashTable<unknown>()
  for (const name of Object.keys(made)) {
    fields[name] = made[name]
    yield 1
  }
  Reflect.set(root, '_fields', fields)
}

export interface LazySchema {
  readonly schema: GraphQLSchema
  /** Makes all types. Slices count fields, and arguments of root fields. */
  readonly complete: (onSlice?: SlicesOptions['onSlice']) => Promise<void>
}

/** @param onComplete all types are made, and the build is released */
export const createLazySchema = (types: LazyTypes, onComplete: () => void): LazySchema => {
  const { query, mutation, subscription } = types.roots
  const schema = new GraphQLSchema({ directives: specifiedDirectives, assumeValid: true })
  Reflect.set(schema, '_queryType', query)
  Reflect.set(schema, '_mutationType', mutation)
  Reflect.set(schema, '_subscriptionType', subscription)
  const ofGraphQL = schema.getTypeMap()
  const roots = [query, mutation, subscription].filter(isPresent)
  const ofDirectives = specifiedDirectives.flatMap(({ args }) => args.map(({ type }) => getNamedType(type)))
  namesBySchema.set(schema, [...types.names, ...Object.keys(ofGraphQL)])

  /** Until all types are made: it holds the whole build. */
  let typeOf: LazyTypes['typeOf'] | null = types.typeOf
  let all: TypeMap = ofGraphQL
  /** Collects all types and releases what made them, unless it happened meanwhile. */
  function* collecting(): Generator<number> {
    const found = new Set<GraphQLNamedType>()
    yield* collectTypes([...roots, ...ofDirectives, __Schema], found)
    for (const root of roots) yield* settleFields(root)
    const map: TypeMap = hashTableOf([...found].map((type) => [type.name, type]))
    yield found.size / TYPES_PER_FIELD
    if (typeOf === null) return
    all = map
    typeOf = null
    namesBySchema.delete(schema)
    onComplete()
  }

  schema.getType = (name) => all[name] ?? typeOf?.(name)
  schema.getTypeMap = () => {
    if (typeOf !== null) for (const _ of collecting());
    return all
  }
  let completing: Promise<void> | null = null
  const complete = async (onSlice: SlicesOptions['onSlice']): Promise<void> => {
    const slices = createSlices({ maxUnits: MAX_FIELDS_PER_SLICE, onSlice })
    await eachInSlices(collecting(), slices, (units) => units)
  }
  return {
    schema,
    complete: async (onSlice) => {
      if (typeOf === null) return
      completing ??= complete(onSlice).finally(() => {
        completing = null
      })
      return completing
    },
  }
}
