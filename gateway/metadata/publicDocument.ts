// Whether a document may be answered to a caller who is not known. In: a parsed document, valid or not, and
// the schema; out: true where every operation asks for public fields alone. Introspection is not public.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql'

/** The mark on a field that needs no token. */
export const PUBLIC = { isPublic: true } as const

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/**
 * Names of the fields of a selection. Each fragment is entered once, so that neither circles nor many spreads
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
