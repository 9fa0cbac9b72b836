// Collects the fields of validated selection sets by response key: fragments expanded, selections of equal
// keys merged, `@skip` and `@include` applied (GraphQL specification §6.3.2, §3.13).

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLDirective,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql'
import type { Arguments } from '../../records/run.ts'

/** The fragments of a document by name. */
export const fragmentsOf = (document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  )

/** Context of collecting. */
export interface CollectContext {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Coerced; the result depends only on the variables in conditions. */
  readonly variables: Arguments
}

export interface Selected {
  /** Name in the answer. */
  readonly key: string
  readonly name: string
  /** The first of the nodes; all have the same arguments. */
  readonly node: FieldNode
  readonly selections: readonly SelectionSetNode[]
}

interface Growing extends Selected {
  readonly selections: SelectionSetNode[]
}

const CONDITIONS: readonly (readonly [GraphQLDirective, isIncludedIf: boolean])[] = [
  [GraphQLSkipDirective, false],
  [GraphQLIncludeDirective, true],
]

/** Other values than Booleans, such as null in a variable, are left to GraphQL, which reports them. */
const conditionOf = (
  directive: GraphQLDirective,
  node: SelectionNode,
  { variables }: CollectContext,
): unknown => {
  const given = node.directives?.find(({ name }) => name.value === directive.name)
  if (given === undefined) return undefined
  const value = given.arguments?.[0]?.value
  if (value?.kind === Kind.BOOLEAN) return value.value
  const known = value?.kind === Kind.VARIABLE ? variables[value.name.value] : undefined
  return typeof known === 'boolean' ? known : getDirectiveValues(directive, node, variables)?.if
}

const isIncluded = (node: SelectionNode, operation: CollectContext): boolean =>
  !node.directives?.length ||
  CONDITIONS.every(([directive, isIncludedIf]) => conditionOf(directive, node, operation) !== !isIncludedIf)

const addSelection = (
  into: Map<string, Growing>,
  selection: SelectionNode,
  operation: CollectContext,
): void => {
  if (!isIncluded(selection, operation)) return
  if (selection.kind === Kind.FIELD) {
    const key = selection.alias?.value ?? selection.name.value
    const known = into.get(key)
    const sets = selection.selectionSet === undefined ? [] : [selection.selectionSet]
    if (known === undefined)
      into.set(key, { key, name: selection.name.value, node: selection, selections: sets })
    else known.selections.push(...sets)
    return
  }
  const set =
    selection.kind === Kind.INLINE_FRAGMENT
      ? selection.selectionSet
      : operation.fragments.get(selection.name.value)?.selectionSet
  if (set !== undefined) addSet(into, set, operation)
}

const addSet = (into: Map<string, Growing>, set: SelectionSetNode, operation: CollectContext): void => {
  for (const selection of set.selections) addSelection(into, selection, operation)
}

export const collectFields = (
  sets: readonly SelectionSetNode[],
  operation: CollectContext,
): readonly Selected[] => {
  const fields = new Map<string, Growing>()
  for (const set of sets) addSet(fields, set, operation)
  return [...fields.values()]
}
