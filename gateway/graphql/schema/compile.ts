// Compiles a model to a GraphQL schema by PostGraphile. The fields carry their meaning (graphql/meaning.ts),
// and nothing in the schema belongs to a single workspace, so that one compilation serves every workspace of
// the schema version. Synchronous. The model already is the catalog, in one snapshot, so PostGraphile's
// gather phase has nothing to read.

import { makeSchema } from 'postgraphile'
import { type GraphQLSchema, isEnumType, validateSchema } from 'postgraphile/graphql'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import type { Model, Omitted, UnservedFunction } from '../../../tenants/model/model.ts'
import { compact } from './compact.ts'
import { describeSchema } from './describe.ts'
import { type HiddenField, hiddenFieldsOf } from './hiddenFields.ts'
import { acceptInnerLists } from './innerLists.ts'
import { createConnectInputsPlugin } from './plugins/connectInputs.ts'
import { createDuplicatesPlugin } from './plugins/duplicates.ts'
import { createFiltersPlugin } from './plugins/filters.ts'
import { createFunctionsPlugin } from './plugins/functions.ts'
import { createGroupByPlugin } from './plugins/groupBy.ts'
import { createHistoryPlugin } from './plugins/history.ts'
import { createInputsPlugin } from './plugins/inputs.ts'
import { createMutationsPlugin } from './plugins/mutations.ts'
import { createObjectsPlugin } from './plugins/objects.ts'
import { createQueriesPlugin } from './plugins/queries.ts'
import { createScalarsPlugin } from './plugins/scalars.ts'
import { createSearchPlugin } from './plugins/search.ts'
import { createSharedPlugin } from './plugins/shared.ts'
import { createSubscriptionsPlugin } from './plugins/subscriptions.ts'
import { salvage, type Unbuildable } from './salvage.ts'
import { createVocabulary } from './vocabulary.ts'

export interface CompiledSchema {
  readonly model: Model
  readonly schema: GraphQLSchema
  /** Tables that GraphQL does not show, with reasons. */
  readonly dropped: readonly Omitted[]
  /** Functions that GraphQL could show but does not, with reasons. */
  readonly unserved: readonly UnservedFunction[]
  /** Generated fields that GraphQL could show but does not, with reasons. */
  readonly hidden: readonly HiddenField[]
}

/** The stock plugins in use: the contract decides every other name, type and argument. */
const STOCK = ['QueryPlugin', 'MutationPlugin', 'SubscriptionPlugin']

const pluginsOf = (preset: GraphileConfig.Preset): readonly GraphileConfig.Plugin[] => [
  ...(preset.extends ?? []).flatMap(pluginsOf),
  ...(preset.plugins ?? []),
]

const STOCK_PLUGINS = [...new Set(pluginsOf(PostGraphileAmberPreset))]

const PRESET: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  disablePlugins: STOCK_PLUGINS.map(({ name }) => name).filter((name) => !STOCK.includes(name)),
  schema: { dontSwallowErrors: true },
}

const buildSchema = async (model: Model) => {
  const vocabulary = createVocabulary(model)
  const compilation = { model, vocabulary }
  const { schema } = await makeSchema({
    extends: [PRESET],
    plugins: [
      createScalarsPlugin(vocabulary),
      createFiltersPlugin(vocabulary),
      createInputsPlugin(vocabulary),
      createSharedPlugin(vocabulary),
      createObjectsPlugin(compilation),
      createConnectInputsPlugin(vocabulary),
      createQueriesPlugin(compilation),
      createGroupByPlugin(compilation),
      createMutationsPlugin(compilation),
      createDuplicatesPlugin(compilation),
      createHistoryPlugin(compilation),
      createSubscriptionsPlugin(compilation),
      createSearchPlugin(compilation),
      createFunctionsPlugin(compilation),
    ],
    pgServices: [],
  })
  for (const { name, mayNest } of vocabulary.enums) {
    const type = schema.getType(name)
    if (mayNest && isEnumType(type)) acceptInnerLists(type)
  }
  // Validated here: graphql-js would otherwise report a schema error on every request.
  const [fault] = validateSchema(schema)
  if (fault !== undefined) throw fault
  describeSchema(schema, vocabulary)
  return { schema: compact(schema), dropped: vocabulary.dropped, hidden: hiddenFieldsOf(compilation) }
}

const FIRST_LINE = /.*/

const reasonOf = ({ cause }: Unbuildable): string =>
  `the GraphQL schema cannot be built with it (${FIRST_LINE.exec(cause instanceof Error ? cause.message : String(cause))?.[0]})`

export const compileSchema = async (model: Model): Promise<CompiledSchema> => {
  const { built, unbuildable } = await salvage(model, buildSchema)
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
