// Limits on the size of one request; throws a Problem with the contract's code. Everything is counted as if
// fragments were expanded (size.ts).

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql'
import type { Model } from '../../../tenants/model/model.ts'
import { Problem } from '../../error/problem.ts'
import { DEFAULT_GROUPS, MAX_GROUPS } from '../../records/read/groupBy.ts'
import { fragmentsOf } from '../select/collect.ts'
import { createMeasure } from './size.ts'

/** Fragments may be chained, and everything downstream recurses. */
const MAX_DEFINITIONS = 200
const MAX_FIELDS = 2000
const MAX_ROOT_RESOLVERS = 20
/** The usual introspection query is 15 deep. */
const MAX_DEPTH = 20
const MAX_COMPLEXITY = 2000
/**
 * Selections and uses of variables of all operations together: validation follows each operation into all its
 * fragments.
 */
const MAX_SELECTIONS = 20_000
/** Each is a sub-select of its statement. */
const MAX_RELATED_LISTS = 100

/** For the documentation. */
export const DOCUMENT_LIMITS = {
  fields: MAX_FIELDS,
  selections: MAX_SELECTIONS,
  rootFields: MAX_ROOT_RESOLVERS,
  depth: MAX_DEPTH,
  complexity: MAX_COMPLEXITY,
  relatedLists: MAX_RELATED_LISTS,
} as const

/** Suffix of the type of a group of records. */
const GROUPED = 'GroupByConnection'

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

const tooComplex = (message: string): Problem =>
  new Problem('BAD_USER_INPUT', message, { subCode: 'TOO_COMPLEX_QUERY' })

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

/**
 * Maximum number of groups that a field may return, each with records of its own; a variable counts as the
 * maximum.
 */
const groupsOf = (node: FieldNode): number => {
  const limit = node.arguments?.find(({ name }) => name.value === 'limit')?.value
  if (limit === undefined) return DEFAULT_GROUPS
  return limit.kind === Kind.INT ? Math.min(Number(limit.value), MAX_GROUPS) : MAX_GROUPS
}

/** Refuses documents that are too large to be validated. */
export const checkSize = (document: DocumentNode): void => {
  if (document.definitions.length > MAX_DEFINITIONS)
    throw tooComplex(`A document holds at most ${MAX_DEFINITIONS} operations and fragments`)
  const fragments = fragmentsOf(document)
  const measure = createMeasure(fragments)
  let selected = 0
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const { fields, selections, depth } = measure(definition.selectionSet)
    if (fields > MAX_FIELDS)
      throw tooComplex(
        `Query too complex - Too many fields requested: ${fields} - Maximum allowed fields: ${MAX_FIELDS}`,
      )
    if (depth > MAX_DEPTH)
      throw tooComplex(`Query too complex - Too deep: ${depth} - Maximum allowed depth: ${MAX_DEPTH}`)
    selected += selections
    if (selected > MAX_SELECTIONS)
      throw tooComplex(
        `Query too complex - Too many fields, fragments and variables in all operations - Maximum allowed: ${MAX_SELECTIONS}`,
      )
    checkRoots(definition, fragments)
  }
}

/** Refuses relations that would multiply. The document is valid and small: every fragment can be expanded. */
export const checkRelations = (document: DocumentNode, schema: GraphQLSchema, model: Model): void => {
  const objects = new Map(model.objects.map((object) => [object.typeName, object]))
  const fragments = fragmentsOf(document)
  let complexity = 1
  let relatedLists = 0

  const visit = (
    set: SelectionSetNode | undefined,
    type: GraphQLObjectType,
    isInRelatedList: boolean,
    weight: number,
  ): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) visitField(selection, type, isInRelatedList, weight)
      else {
        const inner =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
        visit(inner?.selectionSet, type, isInRelatedList, weight)
      }
    }
  }

  const visitField = (
    node: FieldNode,
    type: GraphQLObjectType,
    isInRelatedList: boolean,
    weight: number,
  ): void => {
    const object = objects.get(type.name)
    const relation = object?.fields.get(node.name.value)
    // A field of a record that is not in the model is computed by a function.
    const isComputed = object !== undefined && relation === undefined && node.name.value !== '__typename'
    const isRelatedList = relation?.kind === 'toMany'
    if (isRelatedList || isComputed || relation?.kind === 'toOne') complexity += weight
    if (complexity > MAX_COMPLEXITY)
      throw tooComplex(
        `Query complexity is too high. Please, reduce the amount of relation fields requested. Query complexity: ${complexity}. Maximum complexity: ${MAX_COMPLEXITY}.`,
      )
    if (isRelatedList) relatedLists += 1
    if (relatedLists > MAX_RELATED_LISTS)
      throw tooComplex(
        `Query complexity is too high. Please, reduce the amount of One-to-Many relations requested: at most ${MAX_RELATED_LISTS} at once.`,
      )
    if (isRelatedList && isInRelatedList)
      throw tooComplex(
        'Query complexity is too high. One-to-Many relation cannot be nested in another One-to-Many relation.',
      )
    const selected = getNamedType(type.getFields()[node.name.value]?.type)
    if (!isObjectType(selected)) return
    const isGrouped = selected.name.endsWith(GROUPED)
    visit(node.selectionSet, selected, isInRelatedList || isRelatedList, isGrouped ? groupsOf(node) : weight)
  }

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const root = schema.getRootType(definition.operation)
    if (root) visit(definition.selectionSet, root, false, 1)
  }
}
