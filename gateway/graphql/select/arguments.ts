// Arguments of a field, as a reader to call at run time; constant if no variable occurs in them.

import {
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  getArgumentValues,
  isNonNullType,
  Kind,
  type ValueNode,
} from 'postgraphile/graphql'
import { Problem } from '../../error/problem.ts'
import type { Arguments, ReadArguments } from '../../records/run.ts'
import { literalOf } from './literal.ts'

export type Definition = GraphQLField<unknown, unknown>

const holdsVariable = (value: ValueNode): boolean => {
  switch (value.kind) {
    case Kind.VARIABLE:
      return true
    case Kind.LIST:
      return value.values.some(holdsVariable)
    case Kind.OBJECT:
      return value.fields.some((field) => holdsVariable(field.value))
    default:
      return false
  }
}

/** Null where something about them is unusual. */
const usualArguments = (
  definition: Definition,
  { arguments: given = [] }: FieldNode,
  variables: Arguments,
): Arguments | null => {
  const values: Record<string, unknown> = {}
  for (const { name, type, defaultValue } of definition.args) {
    const node = given.find((argument) => argument.name.value === name)
    if (node === undefined) {
      if (defaultValue !== undefined) values[name] = defaultValue
      else if (isNonNullType(type)) return null
    } else {
      const value = literalOf(node.value, type, variables)
      if (value === undefined) return null
      values[name] = value
    }
  }
  return values
}

export const argumentsOf = (definition: Definition, node: FieldNode): ReadArguments => {
  const read = (variables: Arguments): Arguments => {
    try {
      return usualArguments(definition, node, variables) ?? getArgumentValues(definition, node, variables)
    } catch (error) {
      if (error instanceof GraphQLError) throw new Problem('BAD_USER_INPUT', error.message)
      throw error
    }
  }
  if (node.arguments?.some(({ value }) => holdsVariable(value)) === true)
    return ({ variables }) => read(variables)
  const fixed = read({})
  return () => fixed
}
