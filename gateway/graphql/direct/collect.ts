// Fields of a selection, fragments laid flat. In: selection sets that GraphQL has validated; out: fields by response key, the
// selections of equal keys together (GraphQL specification §6.3.2). Conditional selections are not covered: NotCovered is
// thrown, and the document goes to the executor that knows everything.

import {
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql'

/** The document asks for something that is not covered here. */
export class NotCovered extends Error {}

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

export interface Selected {
  /** Name in the answer. */
  readonly key: string
  readonly name: string
  /** The first of the nodes; its arguments are those of all. */
  readonly node: FieldNode
  readonly selections: readonly SelectionSetNode[]
}

interface Growing extends Selected {
  readonly selections: SelectionSetNode[]
}

const addSelection = (into: Map<string, Growing>, selection: SelectionNode, fragments: Fragments): void => {
  if (selection.directives?.length) throw new NotCovered()
  switch (selection.kind) {
    case Kind.FIELD: {
      const key = selection.alias?.value ?? selection.name.value
      const known = into.get(key)
      const sets = selection.selectionSet === undefined ? [] : [selection.selectionSet]
      if (known === undefined)
        into.set(key, { key, name: selection.name.value, node: selection, selections: sets })
      else known.selections.push(...sets)
      return
    }
    case Kind.INLINE_FRAGMENT:
      addSet(into, selection.selectionSet, fragments)
      return
    case Kind.FRAGMENT_SPREAD: {
      const fragment = fragments.get(selection.name.value)
      if (fragment === undefined || fragment.directives?.length) throw new NotCovered()
      addSet(into, fragment.selectionSet, fragments)
    }
  }
}

const addSet = (into: Map<string, Growing>, set: SelectionSetNode, fragments: Fragments): void => {
  for (const selection of set.selections) addSelection(into, selection, fragments)
}

export const collectFields = (
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
): readonly Selected[] => {
  const fields = new Map<string, Growing>()
  for (const set of sets) addSet(fields, set, fragments)
  return [...fields.values()]
}
