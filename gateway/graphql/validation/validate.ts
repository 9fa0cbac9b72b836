// Validates a document by rules of GraphQL, like its own `validate`, which visits each name as a node, asks
// every rule about every node, and visits the document once more for its variables. Here a node is given to
// the rules that have a handler for its kind, names are not visited, and the uses of variables are collected
// on the way.

import {
  type ASTNode,
  type ASTVisitFn,
  type ASTVisitor,
  type ASTVisitorKeyMap,
  assertValidSchema,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getEnterLeaveForKind,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  ValidationContext,
  type ValidationRule,
  visit,
} from 'postgraphile/graphql'

/** What is visited of each kind of node in an executable document. No rule looks at names. */
const VISITED_KEYS: ASTVisitorKeyMap = {
  Document: ['definitions'],
  OperationDefinition: ['variableDefinitions', 'directives', 'selectionSet'],
  FragmentDefinition: ['typeCondition', 'directives', 'selectionSet'],
  VariableDefinition: ['variable', 'type', 'defaultValue', 'directives'],
  SelectionSet: ['selections'],
  Field: ['arguments', 'directives', 'selectionSet'],
  FragmentSpread: ['directives'],
  InlineFragment: ['typeCondition', 'directives', 'selectionSet'],
  Directive: ['arguments'],
  Argument: ['value'],
  ListValue: ['values'],
  ObjectValue: ['fields'],
  ObjectField: ['value'],
  ListType: ['type'],
  NonNullType: ['type'],
}

interface Handler {
  readonly visitor: ASTVisitor
  readonly enter: ASTVisitFn<ASTNode> | undefined
  readonly leave: ASTVisitFn<ASTNode> | undefined
}

/** The handlers of the rules by kind of node, in the order of the rules. */
const handlersOf = (visitors: readonly ASTVisitor[]): ReadonlyMap<string, readonly Handler[]> =>
  new Map(
    Object.values(Kind).map((kind) => [
      kind,
      visitors.flatMap((visitor) => {
        const { enter, leave } = getEnterLeaveForKind(visitor, kind)
        return enter || leave ? [{ visitor, enter, leave }] : []
      }),
    ]),
  )

type Definition = OperationDefinitionNode | FragmentDefinitionNode
type Usages = ReturnType<ValidationContext['getVariableUsages']>

/** Collects the uses of variables in the definition that is being visited. */
const createUsages = (typeInfo: TypeInfo) => {
  const known = new Map<ASTNode, Usages>()
  let uses: Usages[number][] = []
  let isDefinition = false
  return {
    known,
    enter: (node: ASTNode): void => {
      if (node.kind === Kind.VARIABLE_DEFINITION) isDefinition = true
      else if (node.kind === Kind.VARIABLE && !isDefinition)
        uses.push({
          node,
          type: typeInfo.getInputType(),
          defaultValue: typeInfo.getDefaultValue(),
          parentType: typeInfo.getParentInputType(),
        })
    },
    leave: (node: ASTNode): void => {
      if (node.kind === Kind.VARIABLE_DEFINITION) isDefinition = false
      else if (node.kind === Kind.OPERATION_DEFINITION || node.kind === Kind.FRAGMENT_DEFINITION) {
        known.set(node, uses)
        uses = []
      }
    },
  }
}

/** Visits the fragment by itself: it is asked for before the visit arrives there. */
const usagesIn = (schema: GraphQLSchema, definition: Definition): Usages => {
  const typeInfo = new TypeInfo(schema)
  const usages = createUsages(typeInfo)
  const visitor = {
    enter: (node: ASTNode): void => {
      typeInfo.enter(node)
      usages.enter(node)
    },
    leave: (node: ASTNode): void => {
      usages.leave(node)
      typeInfo.leave(node)
    },
  }
  visit(definition, visitor, VISITED_KEYS)
  return usages.known.get(definition) ?? []
}

/** A rule that returned `false` for a node is not asked about what is below it. */
const visitByRules = (
  document: DocumentNode,
  visitors: readonly ASTVisitor[],
  typeInfo: TypeInfo,
  usages: ReturnType<typeof createUsages>,
): void => {
  const handlers = handlersOf(visitors)
  const skipped = new Map<ASTVisitor, ASTNode>()
  visit(
    document,
    {
      enter: (node, ...place): void => {
        typeInfo.enter(node)
        usages.enter(node)
        for (const { visitor, enter } of handlers.get(node.kind) ?? [])
          if (enter && !skipped.has(visitor) && enter.call(visitor, node, ...place) === false)
            skipped.set(visitor, node)
      },
      leave: (node, ...place): void => {
        usages.leave(node)
        for (const { visitor, leave } of handlers.get(node.kind) ?? [])
          if (!skipped.has(visitor)) leave?.call(visitor, node, ...place)
          else if (skipped.get(visitor) === node) skipped.delete(visitor)
        typeInfo.leave(node)
      },
    },
    VISITED_KEYS,
  )
}

/** Errors in a document; one more than `maxErrors` if there are others. */
export const validateDocument = (
  schema: GraphQLSchema,
  document: DocumentNode,
  rules: readonly ValidationRule[],
  maxErrors: number,
): readonly GraphQLError[] => {
  assertValidSchema(schema)
  const errors: GraphQLError[] = []
  const typeInfo = new TypeInfo(schema)
  const usages = createUsages(typeInfo)
  const report = (error: GraphQLError): void => {
    if (errors.length >= maxErrors)
      throw new GraphQLError('Too many validation errors, error limit reached. Validation aborted.')
    errors.push(error)
  }
  const context = new ValidationContext(schema, document, typeInfo, report)
  const getVariableUsages = (definition: Definition): Usages => {
    const found = usages.known.get(definition) ?? usagesIn(schema, definition)
    usages.known.set(definition, found)
    return found
  }
  Object.assign(context, { getVariableUsages })
  const visitors = rules.map((rule) => rule(context))
  try {
    visitByRules(document, visitors, typeInfo, usages)
  } catch (error) {
    // Also thrown by the context, when fragments are followed too often.
    if (!(error instanceof GraphQLError)) throw error
    errors.push(error)
  }
  return errors
}
