// Compiles a model to a GraphQL schema by PostGraphile. The fields carry their meaning (graphql/meaning.ts),
// and nothing in the schema belongs to a single workspace, so that one compilation serves every workspace of
// the schema version. Compiling registers the types by name; a type is built when a document needs it, so
// every name is checked here: a fault found later could not be blamed on an object and salvaged.

import { assertName, isEnumType } from 'postgraphile/graphql'
import type { Model, Omitted, UnservedFunction } from '../../../tenants/model/model.ts'
import {
  createSlices,
  eachInSlices,
  type Slices,
  type SlicesOptions,
} from '../../../tenants/model/read/slices.ts'
import { type InputSchema, isInherited } from '../variables.ts'
import { createCompilation } from './createCompilation.ts'
import { createDescribe } from './describe.ts'
import { type HiddenField, hiddenFieldsOf } from './hiddenFields.ts'
import { acceptInnerLists } from './innerLists.ts'
import { createLazySchema, type LazySchema } from './lazySchema.ts'
import { createLazyTypes } from './lazyTypes.ts'
import { createConnectInputsPlugin } from './plugins/connectInputs.ts'
import { createDuplicateFields } from './plugins/duplicates.ts'
import { createFiltersPlugin } from './plugins/filters.ts'
import { createFunctionFields } from './plugins/functions.ts'
import { createGroupByPlugin, createGroupFields } from './plugins/groupBy.ts'
import { createHistoryFields, createHistoryPlugin } from './plugins/history.ts'
import { createInputsPlugin } from './plugins/inputs.ts'
import { createMutationFields } from './plugins/mutations.ts'
import { createObjectsPlugin } from './plugins/objects.ts'
import { createQueryFields } from './plugins/queries.ts'
import { createScalarsPlugin } from './plugins/scalars.ts'
import { createSearchFields, createSearchPlugin } from './plugins/search.ts'
import { createSharedPlugin } from './plugins/shared.ts'
import { createChangesFields, createSubscriptionsPlugin } from './plugins/subscriptions.ts'
import { salvage, type Unbuildable } from './salvage.ts'
import { createSchemaSize, type SchemaSize } from './schemaSize.ts'

export interface CompiledSchema extends LazySchema, InputSchema {
  readonly model: Model
  readonly size: SchemaSize
  /** Tables that GraphQL does not show, with reasons. */
  readonly dropped: readonly Omitted[]
  /** Functions that GraphQL could show but does not, with reasons. */
  readonly unserved: readonly UnservedFunction[]
  /** Generated fields that GraphQL could show but does not, with reasons. */
  readonly hidden: readonly HiddenField[]
}

/** Names of types, or of fields of a root, after which a slice ends. Measured: 2 µs each. */
const MAX_NAMES_PER_SLICE = 2_000

/** What follows the model into names that its types contain. */
const assertNames = async ({ objects, functions }: Model, slices: Slices): Promise<void> => {
  const assertEach = (names: Iterable<string>): number => {
    let count = 0
    for (const name of names) {
      assertName(name)
      count += 1
    }
    return count
  }
  await eachInSlices(objects, slices, ({ fields }) => assertEach(fields.keys()))
  await eachInSlices(functions, slices, (fn) =>
    assertEach([fn.fieldName, ...fn.arguments.map(({ name }) => name)]),
  )
}

const buildSchema = async (model: Model, slices: Slices) => {
  await assertNames(model, slices)
  const compilation = createCompilation(model)
  const { vocabulary } = compilation
  const nesting = new Set(vocabulary.enums.filter(({ mayNest }) => mayNest).map(({ name }) => name))
  const { size, named, built, released } = createSchemaSize()
  const types = await createLazyTypes({
    plugins: [
      createScalarsPlugin(vocabulary),
      createFiltersPlugin(vocabulary),
      createInputsPlugin(vocabulary),
      createSharedPlugin(vocabulary),
      createObjectsPlugin(compilation),
      createConnectInputsPlugin(vocabulary),
      createGroupByPlugin(compilation),
      createHistoryPlugin(compilation),
      createSubscriptionsPlugin(compilation),
      createSearchPlugin(compilation),
    ],
    rootFields: [
      createQueryFields(compilation),
      createGroupFields(compilation),
      createMutationFields(compilation),
      createDuplicateFields(compilation),
      createHistoryFields(compilation),
      createChangesFields(compilation),
      createSearchFields(compilation),
      // Records take their names first.
      createFunctionFields(compilation),
    ],
    describe: createDescribe(vocabulary),
    onType: (type) => {
      if (isEnumType(type) && nesting.has(type.name)) acceptInnerLists(type)
    },
    onFields: built,
    slices,
  })
  const names = types.names.size
  named(names)
  return {
    ...createLazySchema(types, () => released(names)),
    size,
    hasInheritedField: model.objects.some(({ fields }) => [...fields.keys()].some(isInherited)),
    dropped: vocabulary.dropped,
    hidden: hiddenFieldsOf(compilation),
  }
}

const FIRST_LINE = /.*/

const reasonOf = ({ cause }: Unbuildable): string =>
  `the GraphQL schema cannot be built with it (${FIRST_LINE.exec(cause instanceof Error ? cause.message : String(cause))?.[0]})`

/** @param onSlice counts types that were registered, or fields of a root that were listed */
export const compileSchema = async (
  model: Model,
  onSlice?: SlicesOptions['onSlice'],
): Promise<CompiledSchema> => {
  const slices = createSlices({ maxUnits: MAX_NAMES_PER_SLICE, onSlice })
  const { built, unbuildable } = await salvage(model, (each) => buildSchema(each, slices))
  const dropped = unbuildable.flatMap((each): readonly Omitted[] => {
    if (each.part.kind === 'function') return []
    const { table, nameSingular, namePlural } = each.part.object
    return [{ table, names: [nameSingular, namePlural], reason: reasonOf(each) }]
  })
  const functions = unbuildable.flatMap((each) =>
    each.part.kind === 'object'
      ? []
      : [{ function: each.part.fn.name, field: each.part.fn.fieldName, reason: reasonOf(each) }],
  )
  return {
    ...built,
    model,
    dropped: [...built.dropped, ...dropped],
    unserved: functions,
  }
}
