// Fast path for literal values in a document: coerces them like GraphQL (specification §3.10, §3.11), or
// returns undefined for the unusual ones (a missing variable, a value that does not fit its type). GraphQL's
// own function handles these; it visits every field of an input type for each object.

import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type ObjectValueNode,
  type ValueNode,
} from 'postgraphile/graphql'
import type { Arguments } from '../../records/run.ts'

interface Place {
  readonly field: GraphQLInputField
  readonly index: number
}

interface InputFields {
  readonly byName: ReadonlyMap<string, Place>
  /** Fields that a value has even where it does not name them, or lacks at its peril. */
  readonly expected: readonly GraphQLInputField[]
}

const known = new WeakMap<GraphQLInputObjectType, InputFields>()

const fieldsOf = (type: GraphQLInputObjectType): InputFields => {
  const found = known.get(type)
  if (found !== undefined) return found
  const all = Object.values(type.getFields())
  const fields = {
    byName: new Map(all.map((field, index) => [field.name, { field, index }])),
    expected: all.filter((field) => field.defaultValue !== undefined || isNonNullType(field.type)),
  }
  known.set(type, fields)
  return fields
}

const objectOf = (node: ObjectValueNode, type: GraphQLInputObjectType, variables: Arguments): unknown => {
  if (type.isOneOf) return undefined
  const { byName, expected } = fieldsOf(type)
  const given: { readonly place: Place; readonly value: unknown }[] = []
  for (const { name, value: inner } of node.fields) {
    const place = byName.get(name.value)
    const value = place && literalOf(inner, place.field.type, variables)
    if (place === undefined || value === undefined) return undefined
    given.push({ place, value })
  }
  if (expected.some((field) => !given.some(({ place }) => place.field === field))) return undefined
  // In the order of the type, not of the document.
  given.sort((one, other) => one.place.index - other.place.index)
  const object: Record<string, unknown> = Object.create(null)
  for (const { place, value } of given) object[place.field.name] = value
  return object
}

const listOf = (nodes: readonly ValueNode[], type: GraphQLInputType, variables: Arguments): unknown => {
  const items: unknown[] = []
  for (const node of nodes) {
    const item = literalOf(node, type, variables)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

export const literalOf = (node: ValueNode, declared: GraphQLInputType, variables: Arguments): unknown => {
  const type = isNonNullType(declared) ? declared.ofType : declared
  if (node.kind === Kind.VARIABLE) {
    const name = node.name.value
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    return value === null && type !== declared ? undefined : value
  }
  if (node.kind === Kind.NULL) return type === declared ? null : undefined
  if (isListType(type)) {
    const nodes = node.kind === Kind.LIST ? node.values : [node]
    return listOf(nodes, type.ofType, variables)
  }
  if (isInputObjectType(type)) return node.kind === Kind.OBJECT ? objectOf(node, type, variables) : undefined
  try {
    return type.parseLiteral(node, variables)
  } catch {
    return undefined
  }
}
