// The size of a document, counted as if fragments were expanded. Each fragment is visited once, so that a
// chain of fragments that doubles at every link is counted quickly.

import {
  type ArgumentNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'postgraphile/graphql'
import { fragmentsOf } from '../select/collect.ts'

/** Measured, per entry and per character: of the parsed text, without what is planned from it. */
const BYTES_PER_DOCUMENT = 3_000
const BYTES_PER_CHARACTER = 50
/** Measured: of an operation's plan, and of each of its fields. */
const BYTES_PER_PLAN = 4_000
const BYTES_PER_FIELD = 250
/** Of a field that selects others: a relation, a list, a composite. */
const BYTES_PER_SET = 2_000

export interface Size {
  readonly fields: number
  /** Fields that select others. */
  readonly sets: number
  /** Fields, fragments, and uses of variables. */
  readonly selections: number
  readonly depth: number
}

const NOTHING: Size = { fields: 0, sets: 0, selections: 0, depth: 0 }

const variablesIn = (value: ValueNode): number => {
  switch (value.kind) {
    case Kind.VARIABLE:
      return 1
    case Kind.LIST:
      return value.values.reduce((sum, each) => sum + variablesIn(each), 0)
    case Kind.OBJECT:
      return value.fields.reduce((sum, field) => sum + variablesIn(field.value), 0)
    default:
      return 0
  }
}

const variablesInArguments = (given: readonly ArgumentNode[] | undefined): number => {
  let variables = 0
  for (const { value } of given ?? []) variables += variablesIn(value)
  return variables
}

const variablesInSelection = (selection: SelectionNode): number => {
  let variables = selection.kind === Kind.FIELD ? variablesInArguments(selection.arguments) : 0
  for (const directive of selection.directives ?? []) variables += variablesInArguments(directive.arguments)
  return variables
}

/** The size of a selection; a fragment that contains itself counts as empty, validation refuses it. */
export const createMeasure = (
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): ((set: SelectionSetNode | undefined) => Size) => {
  const known = new Map<string, Size>()
  const ofFragment = (name: string): Size => {
    const size = known.get(name)
    if (size !== undefined) return size
    known.set(name, NOTHING)
    const measured = measure(fragments.get(name)?.selectionSet)
    known.set(name, measured)
    return measured
  }
  const measure = (set: SelectionSetNode | undefined): Size => {
    let [fields, sets, selections, depth] = [0, 0, 0, 0]
    for (const selection of set?.selections ?? []) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : measure(selection.selectionSet)
      const own = selection.kind === Kind.FIELD ? 1 : 0
      fields += inner.fields + own
      sets += inner.sets + (selection.kind === Kind.FIELD && selection.selectionSet ? 1 : 0)
      selections += inner.selections + 1 + variablesInSelection(selection)
      depth = Math.max(depth, inner.depth + own)
    }
    return { fields, sets, selections, depth }
  }
  return measure
}

/** Estimated memory of a parsed document. */
export const documentBytes = (text: string): number => BYTES_PER_DOCUMENT + BYTES_PER_CHARACTER * text.length

/** Estimated memory of a plan of an operation: a short text may select much by its fragments. */
export const planBytes = (document: DocumentNode, operation: OperationDefinitionNode): number => {
  const { fields, sets } = createMeasure(fragmentsOf(document))(operation.selectionSet)
  return BYTES_PER_PLAN + BYTES_PER_FIELD * fields + BYTES_PER_SET * sets
}
