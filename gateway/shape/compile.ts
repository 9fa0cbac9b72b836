// A model compiled to a GraphQL schema by PostGraphile. In: a model; out: a schema whose plans speak SQL with the placeholder for
// the workspace's schema, so that one compilation serves every workspace of the shape. About 100 ms of synchronous work
// for the standard objects. PostGraphile's gather phase makes the registry; of its schema phase only Query and Mutation
// themselves are used, since the contract decides every name, type and argument.

import { makeSchema } from 'postgraphile'
import type { PgClient } from 'postgraphile/@dataplan/pg'
import { type GraphQLSchema, validateSchema } from 'postgraphile/graphql'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { PLACEHOLDER } from '../../sql/placeholder.ts'
import type { Model, Omitted } from '../../tenants/model/model.ts'
import { introspectionOf } from './introspect.ts'
import type {} from './planContext.ts'
import type { Unclaimed } from './plugins/claim.ts'
import { createConnectInputsPlugin } from './plugins/connectInputs.ts'
import { createDuplicatesPlugin } from './plugins/duplicates.ts'
import { createFiltersPlugin } from './plugins/filters.ts'
import { createFunctionsPlugin } from './plugins/functions.ts'
import { createGroupByPlugin } from './plugins/groupBy.ts'
import { createInputsPlugin } from './plugins/inputs.ts'
import { createMutationsPlugin } from './plugins/mutations.ts'
import { createObjectsPlugin } from './plugins/objects.ts'
import { createQueriesPlugin } from './plugins/queries.ts'
import { createRegistryPlugin } from './plugins/registry.ts'
import { createScalarsPlugin } from './plugins/scalars.ts'
import { createSearchPlugin } from './plugins/search.ts'
import { createSharedPlugin } from './plugins/shared.ts'
import { salvage, type Unbuildable } from './salvage.ts'
import { createVocabulary } from './vocabulary.ts'

export interface CompiledShape {
  readonly model: Model
  readonly schema: GraphQLSchema
  readonly resolvedPreset: GraphileConfig.ResolvedPreset
  /** Tables that GraphQL does not show, and why. */
  readonly dropped: readonly Omitted[]
  /** Functions that GraphQL does not show, though it could, and why. */
  readonly unclaimed: readonly Unclaimed[]
}

/** Stock plugins that are used whole. */
const STOCK = ['QueryPlugin', 'MutationPlugin', 'PgBasicsPlugin', 'PgIntrospectionPlugin', 'PgRegistryPlugin']
/** Stock plugins of which only the gather phase is. */
const STOCK_GATHER = ['PgCodecsPlugin', 'PgTablesPlugin']

/** Each cached operation costs 0.27 MB. */
const MAX_OPERATIONS = 50
/** One for every combination of `@include` and `@skip` that is asked for. */
const MAX_PLANS_PER_OPERATION = 8

/** The last line behind the limits of graphql/limits.ts: planning blocks the event loop. */
const PLANNING_TIMEOUT_MS = 1_000

const pluginsOf = (preset: GraphileConfig.Preset): readonly GraphileConfig.Plugin[] => [
  ...(preset.extends ?? []).flatMap(pluginsOf),
  ...(preset.plugins ?? []),
]

const STOCK_PLUGINS = [...new Set(pluginsOf(PostGraphileAmberPreset))]

const gatherOnly = ({ schema: _, ...plugin }: GraphileConfig.Plugin): GraphileConfig.Plugin => ({
  ...plugin,
  name: plugin.name.replace(/Plugin$/, 'Gather'),
})

const PRESET: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  plugins: STOCK_PLUGINS.filter(({ name }) => STOCK_GATHER.includes(name)).map(gatherOnly),
  disablePlugins: STOCK_PLUGINS.map(({ name }) => name).filter((name) => !STOCK.includes(name)),
  gather: { installWatchFixtures: false },
  schema: { dontSwallowErrors: true },
}

type Service = GraphileConfig.PgServiceConfiguration<'tenantry'>

/** Answers the one question of the gather phase, and then forgets the answer: closures of the schema keep what asks it. */
const serviceOf = (introspection: string): Service => {
  let text: string | null = introspection
  const client: PgClient = {
    query: async <Row>() => {
      // The row of PostGraphile's introspection query.
      const rows = [{ introspection: text }] as Row[]
      text = null
      return { rows, rowCount: 1 }
    },
    withTransaction: (callback) => callback(client),
  }
  const service: Service = {
    name: 'main',
    schemas: [PLACEHOLDER],
    withPgClientKey: 'toPostgres',
    adaptor: {
      createWithPgClient: () => async (_settings, callback) => callback(client),
      makePgService: () => service,
    },
  }
  return service
}

const buildSchema = async (model: Model, planningTimeoutMs: number) => {
  const vocabulary = createVocabulary(model)
  const unclaimed: Unclaimed[] = []
  const shape = { model, vocabulary, unclaimed }
  const { schema, resolvedPreset } = await makeSchema({
    extends: [PRESET],
    grafast: { timeouts: { planning: planningTimeoutMs } },
    plugins: [
      createRegistryPlugin(model),
      createScalarsPlugin(vocabulary),
      createFiltersPlugin(vocabulary),
      createInputsPlugin(vocabulary),
      createSharedPlugin(vocabulary),
      createObjectsPlugin(shape),
      createConnectInputsPlugin(vocabulary),
      createQueriesPlugin(shape),
      createGroupByPlugin(shape),
      createMutationsPlugin(shape),
      createDuplicatesPlugin(shape),
      createSearchPlugin(shape),
      createFunctionsPlugin(shape),
    ],
    pgServices: [serviceOf(introspectionOf(vocabulary.objects))],
  })
  schema.extensions = {
    ...schema.extensions,
    grafast: {
      ...schema.extensions.grafast,
      operationsCacheMaxLength: MAX_OPERATIONS,
      operationOperationPlansCacheMaxLength: MAX_PLANS_PER_OPERATION,
    },
  }
  // At the first request it would be an error of that request, and of every other one.
  const [fault] = validateSchema(schema)
  if (fault !== undefined) throw fault
  return { schema, resolvedPreset, dropped: vocabulary.dropped, unclaimed }
}

const FIRST_LINE = /.*/

const reasonOf = ({ cause }: Unbuildable): string =>
  `GraphQL cannot be built with it (${FIRST_LINE.exec(cause instanceof Error ? cause.message : String(cause))?.[0]})`

/** @param planningTimeoutMs for tests of what follows from it */
export const compileShape = async (
  model: Model,
  planningTimeoutMs = PLANNING_TIMEOUT_MS,
): Promise<CompiledShape> => {
  const { built, unbuildable } = await salvage(model, (part) => buildSchema(part, planningTimeoutMs))
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
    unclaimed: [...built.unclaimed, ...functions],
  }
}
