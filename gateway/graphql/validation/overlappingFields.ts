// Fields under one name of an answer must be the same field with the same arguments (GraphQL specification
// §5.3.2). GraphQL's own rule compares each field with each, and the fields of each set with every fragment:
// fragments in a chain cost it the square of their number. Here a set is collected once with all sets that it
// is merged with, and each field is compared with the first under its name, so the cost is that of the
// expanded fields, which limits.ts bounds. All fields of a set have one type: the schemas have no interfaces
// and no unions.

import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  typeFromAST,
  type ValidationContext,
  type ValueNode,
} from 'postgraphile/graphql'

interface Part {
  readonly set: SelectionSetNode
  readonly type: GraphQLNamedType | undefined
}

interface Placed {
  readonly node: FieldNode
  readonly type: GraphQLOutputType | undefined
}

const keyOfValue = (value: ValueNode): string => {
  switch (value.kind) {
    case Kind.VARIABLE:
      return `$${value.name.value}`
    case Kind.LIST:
      return `[${value.values.map(keyOfValue).join()}]`
    case Kind.OBJECT:
      return `{${value.fields
        .map((field) => `${field.name.value}:${keyOfValue(field.value)}`)
        .toSorted()
        .join()}}`
    case Kind.STRING:
      return `${value.block === true}${JSON.stringify(value.value)}`
    case Kind.NULL:
      return 'null'
    default:
      return `${value.kind} ${value.value}`
  }
}

const keyOfArguments = ({ arguments: given = [] }: FieldNode): string =>
  given
    .map(({ name, value }) => `${name.value}:${keyOfValue(value)}`)
    .toSorted()
    .join()

/** Objects may differ: their fields are compared one by one. */
const isSameShape = (one: GraphQLOutputType, other: GraphQLOutputType): boolean => {
  if (one === other) return true
  if (isNonNullType(one)) return isNonNullType(other) && isSameShape(one.ofType, other.ofType)
  if (isListType(one)) return isListType(other) && isSameShape(one.ofType, other.ofType)
  if (isNonNullType(other) || isListType(other)) return false
  return !isLeafType(one) && !isLeafType(other)
}

/** Whether a fragment contains itself; another rule refuses it. */
const hasCycle = (context: ValidationContext): boolean => {
  const open = new Set<string>()
  const done = new Set<string>()
  const visit = (name: string): boolean => {
    if (open.has(name)) return true
    const fragment = context.getFragment(name)
    if (done.has(name) || !fragment) return false
    open.add(name)
    const found = context.getFragmentSpreads(fragment.selectionSet).some((spread) => visit(spread.name.value))
    open.delete(name)
    done.add(name)
    return found
  }
  return context
    .getDocument()
    .definitions.some(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && visit(definition.name.value),
    )
}

/** Fields of sets that are merged, by their names in the answer. A fragment counts once. */
const collect = (context: ValidationContext, parts: readonly Part[]): ReadonlyMap<string, Placed[]> => {
  const fields = new Map<string, Placed[]>()
  const spread = new Set<string>()
  const add = ({ set, type }: Part): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const definition = isObjectType(type) ? type.getFields()[selection.name.value] : undefined
        const placed = { node: selection, type: definition?.type }
        const known = fields.get(key)
        if (known === undefined) fields.set(key, [placed])
        else known.push(placed)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const { typeCondition } = selection
        add({
          set: selection.selectionSet,
          type: typeCondition ? typeFromAST(context.getSchema(), typeCondition) : type,
        })
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value)
        const fragment = context.getFragment(selection.name.value)
        if (fragment)
          add({
            set: fragment.selectionSet,
            type: typeFromAST(context.getSchema(), fragment.typeCondition),
          })
      }
    }
  }
  for (const part of parts) add(part)
  return fields
}

export const overlappingFields = (context: ValidationContext): ASTVisitor => {
  const known = new Map<FieldNode, string>()
  const argumentsKey = (node: FieldNode): string => {
    const key = known.get(node) ?? keyOfArguments(node)
    known.set(node, key)
    return key
  }
  /** Why two fields cannot be merged; null if they can, as far as their own sets can. */
  const reasonOf = (one: Placed, other: Placed): string | null => {
    const [name, otherName] = [one.node.name.value, other.node.name.value]
    if (name !== otherName) return `"${name}" and "${otherName}" are different fields`
    if (argumentsKey(one.node) !== argumentsKey(other.node)) return 'they have differing arguments'
    if (one.type === undefined || other.type === undefined || isSameShape(one.type, other.type)) return null
    return `they return conflicting types "${one.type}" and "${other.type}"`
  }
  const reported = new Set<FieldNode>()
  /** @param above merged fields around them, from the outermost */
  const report = ([outer = '', ...inner]: readonly string[], nodes: readonly FieldNode[], reason: string) => {
    const path = inner.map((name) => `subfields "${name}" conflict because `).join('')
    context.reportError(
      new GraphQLError(
        `Fields "${outer}" conflict because ${path}${reason}. Use different aliases on the fields to fetch both if this was intentional.`,
        { nodes },
      ),
    )
  }
  const check = (parts: readonly Part[], above: readonly string[]): void => {
    for (const [key, [first, ...others]] of collect(context, parts)) {
      if (first === undefined) continue
      const merged = others.length === 0 && above.length === 0 ? above : [...above, key]
      const alike = others.filter((other) => {
        const reason = reasonOf(first, other)
        if (reason === null) return true
        if (!reported.has(other.node)) report(merged, [first.node, other.node], reason)
        reported.add(other.node)
        return false
      })
      const inner = [first, ...alike].flatMap(({ node: { selectionSet }, type }) =>
        selectionSet ? [{ set: selectionSet, type: getNamedType(type) }] : [],
      )
      if (inner.length > 0) check(inner, merged)
    }
  }
  const isCyclic = hasCycle(context)
  return {
    OperationDefinition: ({ operation, selectionSet }) => {
      if (isCyclic) return
      check([{ set: selectionSet, type: context.getSchema().getRootType(operation) ?? undefined }], [])
    },
  }
}
