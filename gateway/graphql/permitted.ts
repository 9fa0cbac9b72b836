// The part of an operation that a role may run. In: a document that was prepared for a view of the model, and which operation is
// meant; out: the same without the root fields that ask for something hidden, and an error for each of those. Found out once per
// document; a role that may read everything has nothing to find out.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql'
import type { Model } from '../../tenants/model/model.ts'
import type { CompiledShape } from '../shape/compile.ts'
import { bindView } from '../shape/view.ts'
import { type RefusedRoot, refusedRoots } from './readable.ts'

export interface Permitted {
  /** Null where nothing is left to run. */
  readonly document: DocumentNode | null
  readonly refused: readonly RefusedRoot[]
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/** Root fields with the fragments around them written out, but for those that stand under a condition. */
const flatten = (set: SelectionSetNode | undefined, fragments: Fragments): readonly SelectionNode[] =>
  (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD || selection.directives?.length) return [selection]
    return flatten(
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection.selectionSet
        : fragments.get(selection.name.value)?.selectionSet,
      fragments,
    )
  })

const without = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  fragments: Fragments,
  refused: readonly RefusedRoot[],
): DocumentNode | null => {
  const keys = new Set(refused.map(({ key }) => key))
  const selections = flatten(operation.selectionSet, fragments).filter(
    (selection) => selection.kind !== Kind.FIELD || !keys.has(selection.alias?.value ?? selection.name.value),
  )
  if (selections.length === 0) return null
  const rest = { ...operation, selectionSet: { ...operation.selectionSet, selections } }
  return {
    ...document,
    definitions: document.definitions.map((definition) => (definition === operation ? rest : definition)),
  }
}

const permit = (
  document: DocumentNode,
  operationName: string | undefined,
  shape: CompiledShape,
  model: Model,
): Permitted => {
  const operation = getOperationAST(document, operationName)
  if (!operation) return { document, refused: [] }
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  )
  const refused = refusedRoots(operation, fragments, shape, model)
  if (refused.length === 0) return { document, refused }
  const rest = without(document, operation, fragments, refused)
  if (rest !== null) bindView(rest, model)
  return { document: rest, refused }
}

/** @param model as the role sees it; the document was prepared for it */
export const createPermits = () => {
  const known = new WeakMap<DocumentNode, Map<string | undefined, Permitted>>()
  return (
    document: DocumentNode,
    operationName: string | undefined,
    shape: CompiledShape,
    model: Model,
  ): Permitted => {
    if (model === shape.model) return { document, refused: [] }
    const permits = known.get(document) ?? new Map<string | undefined, Permitted>()
    known.set(document, permits)
    const permitted = permits.get(operationName) ?? permit(document, operationName, shape, model)
    permits.set(operationName, permitted)
    return permitted
  }
}

export const refusalOf = ({ node, key, problem }: RefusedRoot): GraphQLError =>
  new GraphQLError(problem.message, { nodes: node, path: [key], originalError: problem })

/** The data of the rest, with null for what was refused. @param data JSON of an object */
export const withRefused = (data: string, refused: readonly RefusedRoot[]): string => {
  const nulls = refused.map(({ key }) => `${JSON.stringify(key)}:null`).join(',')
  if (nulls === '' || !data.startsWith('{')) return data
  return data === '{}' ? `{${nulls}}` : `{${nulls},${data.slice(1)}`
}
