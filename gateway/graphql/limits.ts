// How much one request may ask for. In: a parsed document; out: nothing, or a Problem in the contract's words. Everything is
// counted as if fragments were written out, each fragment being walked once, so that a chain of fragments that doubles at
// every link is refused as fast as it was written.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../problem.ts'

const MAX_FIELDS = 2000
const MAX_ROOT_RESOLVERS = 20
/** The usual introspection query is 15 deep. */
const MAX_DEPTH = 20
const MAX_COMPLEXITY = 2000

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

const tooComplex = (message: string): Problem =>
  new Problem('BAD_USER_INPUT', message, { subCode: 'TOO_COMPLEX_QUERY' })

interface Size {
  readonly fields: number
  readonly depth: number
}

/** Fields and depth of a selection; a fragment that contains itself counts as empty, validation refuses it. */
const createMeasure = (fragments: Fragments): ((set: SelectionSetNode | undefined) => Size) => {
  const known = new Map<string, Size>()
  const ofFragment = (name: string): Size => {
    const size = known.get(name)
    if (size !== undefined) return size
    known.set(name, { fields: 0, depth: 0 })
    const measured = measure(fragments.get(name)?.selectionSet)
    known.set(name, measured)
    return measured
  }
  const measure = (set: SelectionSetNode | undefined): Size => {
    let fields = 0
    let depth = 0
    for (const selection of set?.selections ?? []) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : measure(selection.selectionSet)
      const own = selection.kind === Kind.FIELD ? 1 : 0
      fields += inner.fields + own
      depth = Math.max(depth, inner.depth + own)
    }
    return { fields, depth }
  }
  return measure
}

const checkRoots = (operation: OperationDefinitionNode, fragments: Fragments): void => {
  const names: string[] = []
  const open = new Set<string>()
  const visit = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) names.push(selection.name.value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet)
      else if (!open.has(selection.name.value)) {
        open.add(selection.name.value)
        visit(fragments.get(selection.name.value)?.selectionSet)
        open.delete(selection.name.value)
      }
    }
  }
  visit(operation.selectionSet)
  const resolvers = names.filter((name) => !name.startsWith('__'))
  if (resolvers.length > MAX_ROOT_RESOLVERS)
    throw tooComplex(
      `Query too complex - Too many root resolvers requested: ${resolvers.length} - Maximum allowed root resolvers: ${MAX_ROOT_RESOLVERS}`,
    )
  const duplicate = resolvers.find((name, index) => resolvers.indexOf(name) !== index)
  if (duplicate !== undefined) throw tooComplex(`Duplicate root resolver: "${duplicate}"`)
}

/** Refuses documents that are too large to be validated. */
export const checkSize = (document: DocumentNode): void => {
  const fragments: Fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  )
  const measure = createMeasure(fragments)
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue
    const { fields, depth } = measure(definition.selectionSet)
    if (fields > MAX_FIELDS)
      throw tooComplex(
        `Query too complex - Too many fields requested: ${fields} - Maximum allowed fields: ${MAX_FIELDS}`,
      )
    if (depth > MAX_DEPTH)
      throw tooComplex(`Query too complex - Too deep: ${depth} - Maximum allowed depth: ${MAX_DEPTH}`)
    if (definition.kind === Kind.OPERATION_DEFINITION) checkRoots(definition, fragments)
  }
}

/** Refuses relations that would multiply. The document is valid and small: every fragment can be written out. */
export const checkRelations = (document: DocumentNode, model: Model): void => {
  const byType = new Map(model.objects.map((object) => [object.typeName, object]))
  const fragments: Fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  )
  let complexity = 1

  /** @param object of the record selected; null above the records (roots, connections, edges) */
  const visit = (set: SelectionSetNode | undefined, object: ObjectModel | null, isInList: boolean): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD)
        visitField(selection.name.value, selection.selectionSet, object, isInList)
      else
        visit(
          selection.kind === Kind.FRAGMENT_SPREAD
            ? fragments.get(selection.name.value)?.selectionSet
            : selection.selectionSet,
          object,
          isInList,
        )
    }
  }

  const visitField = (
    name: string,
    set: SelectionSetNode | undefined,
    object: ObjectModel | null,
    isInList: boolean,
  ): void => {
    const field = object?.fields.get(name)
    if (field?.kind !== 'toOne' && field?.kind !== 'toMany') return
    complexity += 1
    if (complexity > MAX_COMPLEXITY)
      throw tooComplex(
        `Query complexity is too high. Please, reduce the amount of relation fields requested. Query complexity: ${complexity}. Maximum complexity: ${MAX_COMPLEXITY}.`,
      )
    if (field.kind === 'toMany' && isInList)
      throw tooComplex(
        'Query complexity is too high. One-to-Many relation cannot be nested in another One-to-Many relation.',
      )
    visit(set, model.byTable.get(field.target) ?? null, isInList || field.kind === 'toMany')
  }
  void byType
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) visit(definition.selectionSet, null, false)
}
