// What of an operation a role may not read. In: a valid operation, its shape and the model as the role sees it; out: the root fields that
// ask for something hidden, each with a Problem that names it. They are refused before anything runs; the others are answered.
// What is selected under a condition is not looked at here: its plan refuses it, if it comes to that.

import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import type { Problem } from '../error/problem.ts'
import { deniedFields, deniedObject, fieldOfColumn, may, wholeOf } from '../records/model/permission.ts'
import { aggregatesOf } from '../records/read/aggregate.ts'
import type { CompiledShape } from '../shape/compile.ts'

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/** A root field that is not executed. */
export interface RefusedRoot {
  readonly node: FieldNode
  readonly key: string
  readonly problem: Problem
}

/** Objects by the names of the types that hold their fields or their aggregates. */
interface Types {
  readonly records: ReadonlyMap<string, ObjectModel>
  readonly aggregates: ReadonlyMap<string, ObjectModel>
}

const typesOf = ({ dropped }: CompiledShape, model: Model): Types => {
  const shown = model.objects.filter(({ table }) => !dropped.some((other) => other.table === table))
  return {
    records: new Map(shown.map((object) => [object.typeName, object])),
    aggregates: new Map(
      shown.flatMap((object) => [
        [`${object.typeName}Connection`, object],
        [`${object.typeName}GroupByConnection`, object],
      ]),
    ),
  }
}

/** Names of hidden fields, by object. */
type Hidden = Map<ObjectModel, Set<string>>

const hide = (hidden: Hidden, object: ObjectModel, path: string): void => {
  const paths = hidden.get(object) ?? new Set()
  hidden.set(object, paths.add(path))
}

const hideAggregate = (hidden: Hidden, object: ObjectModel, name: string): void => {
  const whole = wholeOf(object)
  for (const { name: column } of aggregatesOf(whole).get(name)?.columns ?? [])
    if (!may(object, 'read', column)) hide(hidden, object, fieldOfColumn(whole, column) ?? column)
}

const createSearch = (types: Types, fragments: Fragments) => {
  const visitSet = (set: SelectionSetNode | undefined, visit: (node: FieldNode) => void): void => {
    const visitSelection = (selection: SelectionNode): void => {
      if (selection.directives?.length) return
      if (selection.kind === Kind.FIELD) visit(selection)
      else if (selection.kind === Kind.INLINE_FRAGMENT) visitSet(selection.selectionSet, visit)
      else visitSet(fragments.get(selection.name.value)?.selectionSet, visit)
    }
    set?.selections.forEach(visitSelection)
  }

  /** @returns whether the field itself can be read, so that what is selected of it is to be looked at, too */
  const searchField = (hidden: Hidden, object: ObjectModel, node: FieldNode): boolean => {
    const name = node.name.value
    const whole = wholeOf(object).fields.get(name)
    const seen = object.fields.get(name)
    if (whole === undefined) {
      // What a record has besides its fields, a function computes of all its columns.
      const isHidden = name !== '__typename' && object.columns.size < wholeOf(object).columns.size
      if (isHidden) hide(hidden, object, name)
      return !isHidden
    }
    if (whole === seen) return true
    if (seen?.kind !== 'composite') hide(hidden, object, name)
    else
      visitSet(node.selectionSet, ({ name: { value } }) => {
        const isPart = value === '__typename' || seen.parts.some(({ part }) => part.name === value)
        if (!isPart) hide(hidden, object, `${name}.${value}`)
      })
    return false
  }

  /** Collects what is hidden of everything selected of a type. */
  const search = (hidden: Hidden, type: GraphQLObjectType, set: SelectionSetNode | undefined): void =>
    visitSet(set, (node) => {
      const record = types.records.get(type.name)
      const counted = types.aggregates.get(type.name)
      if (record !== undefined && !searchField(hidden, record, node)) return
      if (counted !== undefined) hideAggregate(hidden, counted, node.name.value)
      const next = getNamedType(type.getFields()[node.name.value]?.type)
      if (isObjectType(next)) search(hidden, next, node.selectionSet)
    })

  return { visitSet, search }
}

/** The object that a root field is about, where the role may read none of it. */
const unreadableObject = ({ records, aggregates }: Types, type: GraphQLObjectType): ObjectModel | null => {
  const object = records.get(type.name) ?? aggregates.get(type.name)
  return object?.restriction?.permissions.canRead === false ? object : null
}

export const refusedRoots = (
  operation: OperationDefinitionNode,
  fragments: Fragments,
  shape: CompiledShape,
  model: Model,
): readonly RefusedRoot[] => {
  const root = shape.schema.getRootType(operation.operation)
  if (!root) return []
  const types = typesOf(shape, model)
  const { visitSet, search } = createSearch(types, fragments)
  const refused: RefusedRoot[] = []
  visitSet(operation.selectionSet, (node) => {
    const type = getNamedType(root.getFields()[node.name.value]?.type)
    if (!isObjectType(type)) return
    const key = node.alias?.value ?? node.name.value
    const object = unreadableObject(types, type)
    if (object !== null) {
      refused.push({ node, key, problem: deniedObject('read', object) })
      return
    }
    const hidden: Hidden = new Map()
    search(hidden, type, node.selectionSet)
    if (hidden.size === 0) return
    const named = [...hidden].map(([of, paths]) => ({ object: of, paths: [...paths] }))
    refused.push({ node, key, problem: deniedFields('read', named) })
  })
  return refused
}
