// Introspection fields, answered by GraphQL's own executor from the schema alone. The answer about 300
// objects has 28 MB, so types are executed and written in slices, and none of them is kept.

import {
  type DocumentNode,
  executeSync,
  type GraphQLNamedType,
  type GraphQLSchema,
  getVariableValues,
  isInputObjectType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'postgraphile/graphql'
import { isRecord } from '../../tenants/model/json.ts'
import { createSlices, type Slices, type SlicesOptions } from '../../tenants/model/read/slices.ts'
import type { Arguments } from '../records/run.ts'
import { type Bytes, createBytes, type JsonText } from '../slices/bytes.ts'
import type { CompiledSchema } from './schema/compile.ts'
import { type CollectContext, collectFields, fragmentsOf, type Selected } from './select/collect.ts'

/** Fields of types after which a slice ends. Measured: 12 µs each, with its arguments. */
const MAX_FIELDS_PER_SLICE = 125

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

const sizeOf = (type: GraphQLNamedType): number =>
  isObjectType(type) || isInputObjectType(type) ? Object.keys(type.getFields()).length : 1

/** A type with some of its fields each. A root type grows with the model. */
const inParts = (type: GraphQLNamedType): readonly GraphQLNamedType[] => {
  if (!isObjectType(type) || sizeOf(type) <= MAX_FIELDS_PER_SLICE) return [type]
  const fields = Object.entries(type.getFields())
  return Array.from({ length: Math.ceil(fields.length / MAX_FIELDS_PER_SLICE) }, (_, index) => {
    const start = index * MAX_FIELDS_PER_SLICE
    const some = Object.fromEntries(fields.slice(start, start + MAX_FIELDS_PER_SLICE))
    return Object.create(type, { getFields: { value: () => some } })
  })
}

/** Types one after the other, as many as a slice may have; a large one is alone. */
function* inChunks(types: Iterable<GraphQLNamedType>): Generator<readonly GraphQLNamedType[]> {
  let chunk: GraphQLNamedType[] = []
  let size = 0
  for (const type of types) {
    const own = sizeOf(type)
    if (chunk.length > 0 && size + own > MAX_FIELDS_PER_SLICE) {
      yield chunk
      chunk = []
      size = 0
    }
    chunk.push(type)
    size += own
  }
  if (chunk.length > 0) yield chunk
}

/** A schema that has only these types. */
const withTypes = (schema: GraphQLSchema, types: readonly GraphQLNamedType[]): GraphQLSchema => {
  const map = Object.fromEntries(types.map((type) => [type.name, type]))
  return Object.create(schema, { getTypeMap: { value: () => map } })
}

/** Items of a list, without its brackets. */
const itemsOf = (value: unknown): string => JSON.stringify(value).slice(1, -1)

/** A text in pieces, which are written one after the other. */
type Pieces = readonly string[]

/**
 * The answer about one type, from answers about its parts, which are written as they come.
 * @param keys of lists of fields
 */
const createJoin = (keys: ReadonlySet<string>) => {
  let first: object | null = null
  const lists = new Map<string, string[]>()
  return {
    add: (part: unknown): void => {
      if (!isRecord(part)) return
      first ??= part
      for (const key of keys) {
        const list = part[key]
        const text = Array.isArray(list) ? itemsOf(list) : ''
        if (text === '') continue
        const texts = lists.get(key)
        if (texts === undefined) lists.set(key, [text])
        else texts.push(text)
      }
    },
    pieces: (): Pieces => {
      const written = Object.entries(first ?? {}).flatMap(([key, value], index) => {
        const before = `${index === 0 ? '' : ','}${JSON.stringify(key)}:`
        if (!keys.has(key) || !Array.isArray(value)) return [before + JSON.stringify(value)]
        const items = lists.get(key) ?? []
        return [`${before}[`, ...items.flatMap((text, at) => (at === 0 ? [text] : [',', text])), ']']
      })
      return ['{', ...written, '}']
    },
  }
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

interface Answering {
  readonly introspected: Introspected
  readonly variableValues: Arguments
  readonly collected: CollectContext
  readonly slices: Slices
  /** Of the answer. */
  readonly bytes: Bytes
}

/** What GraphQL's executor answers for one field of `__schema`. */
const answerOf = (
  schema: GraphQLSchema,
  { introspected, variableValues }: Answering,
  selected: Selected,
): unknown => {
  const document = documentOf({ ...introspected, selected })
  const { data, errors } = executeSync({ schema, document, variableValues })
  if (errors?.[0] !== undefined) throw errors[0]
  return data?.[selected.key] ?? null
}

/** `__schema` with one of its fields. */
const withField = (selected: Selected, { node, selections }: Selected): Selected => {
  const set = { kind: Kind.SELECTION_SET, selections: selections.flatMap((each) => each.selections) } as const
  const field = { ...node, directives: [], ...(selections.length === 0 ? {} : { selectionSet: set }) }
  return { ...selected, selections: [{ kind: Kind.SELECTION_SET, selections: [field] }] }
}

/** The list of all types: executed and written chunk by chunk, so that no more than its text is kept. */
const writeTypes = async (schema: GraphQLSchema, answering: Answering, field: Selected): Promise<void> => {
  const { introspected, collected, slices, bytes } = answering
  const asked = withField(introspected.selected, field)
  const typesOf = (types: readonly GraphQLNamedType[]): readonly unknown[] => {
    const answer = answerOf(withTypes(schema, types), answering, asked)
    const list = isRecord(answer) ? answer[field.key] : undefined
    if (!Array.isArray(list)) throw new Error('The executor answered no types.')
    return list
  }
  const keys = new Set(
    collectFields(field.selections, collected).flatMap(({ key, name }) => (name === 'fields' ? [key] : [])),
  )
  let before = ''
  const add = (pieces: Pieces): void => {
    bytes.add(before)
    pieces.forEach(bytes.add)
    before = ','
  }
  bytes.add('[')
  for (const chunk of inChunks(Object.values(schema.getTypeMap()))) {
    const [only] = chunk
    const parts = chunk.length === 1 && only !== undefined ? inParts(only) : []
    if (parts.length < 2) {
      add([itemsOf(typesOf(chunk))])
      await slices.spend(chunk.reduce((sum, type) => sum + sizeOf(type), 0))
      continue
    }
    const join = createJoin(keys)
    for (const part of parts) {
      typesOf([part]).forEach(join.add)
      await slices.spend(sizeOf(part))
    }
    add(join.pieces())
  }
  bytes.add(']')
}

const writeSchema = async (schema: GraphQLSchema, answering: Answering): Promise<JsonText> => {
  const { introspected, collected, slices, bytes } = answering
  let before = ''
  bytes.add('{')
  for (const field of collectFields(introspected.selected.selections, collected)) {
    bytes.add(`${before}${JSON.stringify(field.key)}:`)
    before = ','
    if (field.name === 'types') {
      await writeTypes(schema, answering, field)
      continue
    }
    const value = answerOf(schema, answering, withField(introspected.selected, field))
    bytes.add(JSON.stringify(isRecord(value) ? value[field.key] : null))
  }
  bytes.add('}')
  slices.end()
  return bytes.pieces()
}

/**
 * @param variableValues as given
 * @returns JSON
 */
export const introspect = async (
  { schema, complete }: CompiledSchema,
  introspected: Introspected,
  variableValues: Arguments,
  onSlice?: SlicesOptions['onSlice'],
): Promise<JsonText> => {
  const { document, operation, selected } = introspected
  if (asksForTypes(documentOf(introspected))) await complete(onSlice)
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues)
  const collected = { fragments: fragmentsOf(document), variables: coerced }
  // Each chunk is a slice of its own.
  const slices = createSlices({ maxUnits: 1, onSlice })
  const answering = { introspected, variableValues, collected, slices, bytes: createBytes() }
  if (selected.name === '__schema') return writeSchema(schema, answering)
  return JSON.stringify(answerOf(schema, answering, selected))
}
