// The rules that documents are validated by: those of the specification. GraphQL's own rule for values looks
// at every field of an input type for each object that is written in a document. A filter of some hundred
// conditions, each of a type of forty fields, costs more there than everywhere else.

import {
  type ASTNode,
  type ASTVisitFn,
  type ASTVisitor,
  type DirectiveNode,
  type GraphQLInputObjectType,
  getNamedType,
  isInputObjectType,
  isRequiredInputField,
  KnownTypeNamesRule,
  NoUndefinedVariablesRule,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  specifiedRules,
  UniqueDirectivesPerLocationRule,
  type ValidationContext,
  type ValidationRule,
  ValuesOfCorrectTypeRule,
  VariablesInAllowedPositionRule,
} from 'postgraphile/graphql'
import { typeNamesOf } from '../schema/lazySchema.ts'
import { overlappingFields } from './overlappingFields.ts'

const checked = new WeakMap<GraphQLInputObjectType, boolean>()

/** Whether an object of the type can lack something. */
const mayLack = (type: GraphQLInputObjectType): boolean => {
  const known = checked.get(type)
  if (known !== undefined) return known
  const found = type.isOneOf || Object.values(type.getFields()).some(isRequiredInputField)
  checked.set(type, found)
  return found
}

const valuesOfCorrectType = (context: ValidationContext): ASTVisitor => {
  const rule = ValuesOfCorrectTypeRule(context)
  const check = 'ObjectValue' in rule ? rule.ObjectValue : null
  if (typeof check !== 'function') throw new Error('The rule for values does not check objects.')
  return {
    ...rule,
    ObjectValue: (...visited) => {
      const type = getNamedType(context.getInputType())
      return isInputObjectType(type) && !mayLack(type) ? undefined : check(...visited)
    },
  }
}

/**
 * GraphQL's own rule asks for all types of the schema, and so would build them all. It is asked for an error,
 * with their names alone.
 */
const knownTypeNames = (context: ValidationContext): ASTVisitor => {
  const schema = context.getSchema()
  const refuse = (): ASTVisitor => {
    const names = Object.fromEntries([...typeNamesOf(schema)].map((name) => [name, true]))
    const named: unknown = Object.create(schema, { getTypeMap: { value: () => names } })
    return KnownTypeNamesRule(Object.create(context, { getSchema: { value: () => named } }))
  }
  return {
    NamedType: (...visited) => {
      if (schema.getType(visited[0].name.value) !== undefined) return undefined
      const rule = refuse()
      return 'NamedType' in rule && typeof rule.NamedType === 'function'
        ? rule.NamedType(...visited)
        : undefined
    },
  }
}

type Directed = Extract<ASTNode, { readonly directives?: readonly DirectiveNode[] | undefined }>

/** GraphQL's own rule has a handler for every node, and makes a set for each that may have directives. */
const uniqueDirectives = (context: ValidationContext): ASTVisitor => {
  const rule = UniqueDirectivesPerLocationRule(context)
  const own = 'enter' in rule ? rule.enter : null
  if (typeof own !== 'function') throw new Error('The rule for directives does not check nodes.')
  const check: ASTVisitFn<Directed> = (node, ...place) =>
    (node.directives?.length ?? 0) > 1 ? own(node, ...place) : undefined
  return {
    OperationDefinition: check,
    VariableDefinition: check,
    Field: check,
    FragmentSpread: check,
    InlineFragment: check,
    FragmentDefinition: check,
  }
}

const OURS: ReadonlyMap<ValidationRule, ValidationRule> = new Map([
  [ValuesOfCorrectTypeRule, valuesOfCorrectType],
  [KnownTypeNamesRule, knownTypeNames],
  [OverlappingFieldsCanBeMergedRule, overlappingFields],
  [UniqueDirectivesPerLocationRule, uniqueDirectives],
])

const RULES = specifiedRules.map((rule) => OURS.get(rule) ?? rule)

const OF_VARIABLES: readonly ValidationRule[] = [
  NoUndefinedVariablesRule,
  NoUnusedVariablesRule,
  VariablesInAllowedPositionRule,
]
const WITHOUT_VARIABLES = RULES.filter((rule) => !OF_VARIABLES.includes(rule))

/**
 * The rules for a document: those of variables visit it once more, so a text without a `$` is spared them.
 */
export const rulesFor = (text: string): readonly ValidationRule[] =>
  text.includes('$') ? RULES : WITHOUT_VARIABLES
