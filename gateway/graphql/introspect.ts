// Introspection fields, answered by GraphQL's own executor from the schema alone. The answer about 300
// objects has 28 MB, so types are executed and written in slices.

import {
  type DocumentNode,
  execute,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'postgraphile/graphql'
import type { Arguments } from '../records/run.ts'
import { createSlices, type Slices, type SlicesOptions } from '../slices/slices.ts'
import { writeJsonInSlices } from '../slices/writeJson.ts'
import type { CompiledSchema } from './schema/compile.ts'
import type { Selected } from './select/collect.ts'

/** Fields of types after which a slice ends. Measured: 12 µs each, with its arguments. */
const MAX_FIELDS_PER_SLICE = 250

interface Introspected {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly selected: Selected
}

/** A document with one field alone. */
const documentOf = ({ document, operation, selected }: Introspected): DocumentNode => {
  const { node, selections } = selected
  const field = {
    ...node,
    directives: [],
    selectionSet: { kind: Kind.SELECTION_SET, selections: selections.flatMap((set) => set.selections) },
  } as const
  return {
    ...document,
    definitions: [
      ...document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION),
      { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: [field] } },
    ],
  }
}

type Turn = <Item extends object>(item: Item, units: number) => Promise<Item>

/** Each item as a promise that waits for those before it, with turns of the loop in between. */
const createTurns = (slices: Slices): Turn => {
  let before: Promise<unknown> = Promise.resolve()
  return (item, units) => {
    const turn = before.then(() => item)
    before = turn.then(() => slices.spend(units))
    return turn
  }
}

const sizeOf = (type: GraphQLNamedType): number =>
  isObjectType(type) || isInputObjectType(type) ? Object.keys(type.getFields()).length : 1

/** A root type grows with the model, so its fields take turns too. */
const inParts = (type: GraphQLNamedType, slices: Slices): GraphQLNamedType => {
  if (!isObjectType(type) || sizeOf(type) <= MAX_FIELDS_PER_SLICE) return type
  const getFields = (): unknown => {
    const turn = createTurns(slices)
    return Object.fromEntries(
      Object.entries(type.getFields()).map(([name, field]) => {
        const { deprecationReason } = field
        return [name, Object.assign(turn(field, 1 + field.args.length), { deprecationReason })]
      }),
    )
  }
  return Object.create(type, { getFields: { value: getFields } })
}

/** The schema with types as promises: the executor waits for each, and others are served in between. */
const inTurns = (schema: GraphQLSchema, slices: Slices): GraphQLSchema => {
  const getTypeMap = (): unknown => {
    const turn = createTurns(slices)
    return Object.fromEntries(
      Object.entries(schema.getTypeMap()).map(([name, type]) => {
        const part = inParts(type, slices)
        return [name, turn(part, part === type ? sizeOf(type) : 1)]
      }),
    )
  }
  return Object.create(schema, { getTypeMap: { value: getTypeMap } })
}

/** Whether an answer depends on all types. */
const asksForTypes = (document: DocumentNode): boolean => {
  let found = false
  visit(document, {
    Field: ({ name }) => {
      found ||= name.value === 'types' || name.value === '__type'
    },
  })
  return found
}

export const introspect = async (
  { schema, complete }: CompiledSchema,
  introspected: Introspected,
  variableValues: Arguments,
  onSlice?: SlicesOptions['onSlice'],
): Promise<string> => {
  const document = documentOf(introspected)
  if (asksForTypes(document)) await complete(onSlice)
  const slices = createSlices({ maxUnits: MAX_FIELDS_PER_SLICE, onSlice })
  const { data, errors } = await execute({ schema: inTurns(schema, slices), document, variableValues })
  slices.end()
  if (errors?.[0] !== undefined) throw errors[0]
  return writeJsonInSlices(data?.[introspected.selected.key] ?? null)
}
