// Variables with all digits of their numbers (exactNumber.ts). Only our own scalars get such numbers, because
// GraphQL's scalars only handle doubles, and an input never has a field that the request does not contain.

import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  getOperationAST,
  isInputObjectType,
  isInputType,
  isListType,
  typeFromAST,
} from 'postgraphile/graphql'
import { isRecord } from '../../tenants/model/json.ts'
import type { GraphQLRequest } from './graphqlRequest.ts'

type Variables = Readonly<Record<string, unknown>>

/** Scalars that accept any JSON number. */
const EXACT = new Set(['BigInt', 'BigFloat', 'Position', 'JSON'])

const holdsExact = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  return JSON.isRawJSON(value) || Object.values(value).some(holdsExact)
}

const rounded = (value: unknown, declared: GraphQLInputType): unknown => {
  const type = getNullableType(declared)
  if (isListType(type)) {
    return Array.isArray(value)
      ? value.map((item) => rounded(item, type.ofType))
      : rounded(value, type.ofType)
  }
  if (isInputObjectType(type)) {
    if (!isRecord(value) || JSON.isRawJSON(value)) return value
    const fields = type.getFields()
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const field = fields[name]
        return [name, field === undefined ? inner : rounded(inner, field.type)]
      }),
    )
  }
  return JSON.isRawJSON(value) && !EXACT.has(type.name) ? Number(value.rawJSON) : value
}

/** A schema, and whether an input field has the name of an Object.prototype property (`constructor`). */
export interface InputSchema {
  readonly schema: GraphQLSchema
  readonly hasInheritedField: boolean
}

/** Whether an object without properties of its own has a property of the name. */
export const isInherited = (name: string): boolean => name in Object.prototype

export const hasInheritedField = (schema: GraphQLSchema): boolean =>
  Object.values(schema.getTypeMap()).some(
    (type) => isInputObjectType(type) && Object.keys(type.getFields()).some(isInherited),
  )

/** A copy without a prototype, from which GraphQL would read fields that the request does not contain. */
const bare = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(bare)
  return isRecord(value) && !JSON.isRawJSON(value) ? bareObject(value) : value
}

const bareObject = (value: Variables): Variables =>
  Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, bare(inner)])),
  )

export const variablesOf = (
  document: DocumentNode,
  { schema, hasInheritedField: isBare }: InputSchema,
  request: GraphQLRequest,
): Variables => {
  const variables = roundedVariables(document, schema, request)
  return isBare ? bareObject(variables) : variables
}

const roundedVariables = (
  document: DocumentNode,
  schema: GraphQLSchema,
  { variables = {}, operationName }: GraphQLRequest,
): Variables => {
  // Most requests contain no such number.
  if (!holdsExact(variables)) return variables
  const types = new Map(
    getOperationAST(document, operationName)?.variableDefinitions?.map(({ variable, type }) => [
      variable.name.value,
      typeFromAST(schema, type),
    ]),
  )
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      const type = types.get(name)
      return [name, isInputType(type) ? rounded(value, type) : value]
    }),
  )
}
