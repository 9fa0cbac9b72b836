// Whether anonymous callers may send a parsed document, valid or not: every operation selects public fields
// only. Introspection is not public.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql'

/** Marks a public field. */
export const PUBLIC = { isPublic: true } as const

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/**
 * Names of the fields of a selection. Each fragment is visited once, so that neither cycles nor many spreads
 * cost anything.
 */
const fieldsOf = (
  { selections }: SelectionSetNode,
  fragments: Fragments,
  entered = new Set<string>(),
): readonly string[] =>
  selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value]
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(selection.selectionSet, fragments, entered)
    const name = selection.name.value
    const fragment = fragments.get(name)
    if (fragment === undefined || entered.has(name)) return []
    entered.add(name)
    return fieldsOf(fragment.selectionSet, fragments, entered)
  })

const isPublicOperation = (
  { operation, selectionSet }: OperationDefinitionNode,
  fragments: Fragments,
  schema: GraphQLSchema,
): boolean => {
  const known = new Map(Object.entries(schema.getRootType(operation)?.getFields() ?? {}))
  const fields = fieldsOf(selectionSet, fragments).filter((name) => name !== '__typename')
  return fields.length > 0 && fields.every((name) => known.get(name)?.extensions.isPublic === true)
}

export const isPublicDocument = ({ definitions }: DocumentNode, schema: GraphQLSchema): boolean => {
  const fragments = new Map(
    definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
    ),
  )
  const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
  return operations.length > 0 && operations.every((each) => isPublicOperation(each, fragments, schema))
}
