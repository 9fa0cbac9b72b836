// Variables with all digits of their numbers (exactNumber.ts). In: the variables of a request and the types that the document declares
// for them; out: the same variables, in which only scalars of ours see such a number. GraphQL's own scalars know doubles alone.

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
import type { GraphQLRequest } from './request.ts'

type Variables = Readonly<Record<string, unknown>>

/** Scalars that take a number as JSON has it. */
const EXACT = new Set(['BigInt', 'BigFloat', 'Position', 'JSON'])

const isObject = (value: unknown): value is Variables =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

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
    if (!isObject(value) || JSON.isRawJSON(value)) return value
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

export const variablesOf = (
  document: DocumentNode,
  schema: GraphQLSchema,
  { variables = {}, operationName }: GraphQLRequest,
): Variables => {
  // Most requests hold no such number.
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
