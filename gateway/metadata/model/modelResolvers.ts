// Resolvers that read and change the data model. Plain properties of nodes have no resolver.

import type {
  CreateFieldInput,
  CreateIndexInput,
  CreateObjectInput,
  UpdateFieldInput,
  UpdateObjectPayload,
} from '../../../tenants/model/change/check/input.ts'
import type { PrintSchema } from '../../graphql/introspection.ts'
import { type CursorPaging, type Identified, parsePaging, takePage, toConnection } from '../connectionPage.ts'
import type { MetadataContext } from '../context.ts'
import { type Filter, matchesFilter } from '../filter.ts'
import type { Resolvers } from '../schema.ts'
import { type BuildStatus, statusOf } from './builds.ts'
import type { ChangedNode, ModelChanges } from './changes.ts'
import type { CountRecords } from './counts.ts'
import { type FieldNode, type IndexNode, linkRelation, type ObjectNode } from './nodes.ts'
import { metadataNotFound } from './notFound.ts'

interface ListArguments {
  readonly paging: CursorPaging
  readonly filter: Filter
}

interface ById {
  readonly id: string
}

interface DryRun {
  readonly dryRun?: boolean | null
  readonly allowRewrite?: boolean | null
}

interface Given<T> extends DryRun {
  readonly input: T
}

interface ObjectUpdate {
  readonly id: string
  readonly update: UpdateObjectPayload
}

const listOf = <T extends Identified>(
  all: readonly T[],
  { paging, filter }: ListArguments,
  { spend }: MetadataContext,
) => {
  const bounds = parsePaging(paging)
  const page = takePage(
    all.filter(({ body }) => matchesFilter(filter, body)),
    bounds,
  )
  spend(page.nodes)
  return toConnection(page)
}

const linked = ({ model }: FieldNode, relation: FieldNode['relation'], { spend }: MetadataContext) => {
  const node = relation === null ? null : linkRelation(model, relation)
  spend([node])
  return node
}

const optionsOf = ({ dryRun, allowRewrite }: DryRun) => ({
  dryRun: dryRun ?? false,
  allowRewrite: allowRewrite ?? false,
})

const nodeOf = <Node>({ node, dryRun }: ChangedNode<Node>, { dryRuns }: MetadataContext): Node => {
  if (dryRun !== null) dryRuns.push(dryRun)
  return node
}

const settle = async <Node>(changing: Promise<ChangedNode<Node>>, context: MetadataContext): Promise<Node> =>
  nodeOf(await changing, context)

interface ModelResolversOptions {
  readonly changes: ModelChanges
  readonly countRecords: CountRecords
  readonly printCoreSchema: PrintSchema
}

type Built = Pick<FieldNode | IndexNode, 'build'>

const buildOf = async ({ build }: Built, { buildSteps }: MetadataContext): Promise<BuildStatus> =>
  statusOf(build, build === null ? null : await buildSteps())

const BUILD_RESOLVERS = {
  buildState: async (node: Built, _: unknown, context: MetadataContext) =>
    (await buildOf(node, context)).buildState,
  buildError: async (node: Built, _: unknown, context: MetadataContext) =>
    (await buildOf(node, context)).buildError,
  buildProgress: async (node: Built, _: unknown, context: MetadataContext) =>
    (await buildOf(node, context)).buildProgress,
}

const readers = ({ countRecords, printCoreSchema }: ModelResolversOptions): Resolvers => ({
  Query: {
    objects: async (_: unknown, args: ListArguments, context) =>
      listOf((await context.model()).objects, args, context),
    object: async (_: unknown, { id }: ById, context) => {
      const object = (await context.model()).objectById.get(id)
      if (object === undefined) throw metadataNotFound('Object')
      return object
    },
    fields: async (_: unknown, args: ListArguments, context) =>
      listOf((await context.model()).fields, args, context),
    field: async (_: unknown, { id }: ById, context) => {
      const field = (await context.model()).fieldById.get(id)
      if (field === undefined) throw metadataNotFound('Field')
      return field
    },
    objectRecordCounts: async (_: unknown, _args: unknown, { requestContext, model }) => {
      const objects = (await model()).objects.filter(({ body }) => body.isActive)
      const counts = await countRecords(requestContext, objects)
      return counts.map(({ object, count }) => ({
        objectNamePlural: object.body.namePlural,
        totalCount: count,
      }))
    },
    minimalMetadata: async (_: unknown, _args: unknown, context) => ({
      objectMetadataItems: context.spend((await context.model()).objects).map(({ body }) => body),
    }),
    omittedTables: async (_: unknown, _args: unknown, { model }) => (await model()).omitted,
    unservedFunctions: async (_: unknown, _args: unknown, { model }) => (await model()).unserved,
    applicationCoreGraphqlSchema: (_: unknown, _args: unknown, { requestContext }) =>
      printCoreSchema(requestContext.workspace.schemaVersion, requestContext.model),
  },
  Object: {
    fields: (object: ObjectNode, args: ListArguments, context) => listOf(object.fields, args, context),
    fieldsList: (object: ObjectNode, _: unknown, { spend }) => spend(object.fields),
    indexMetadatas: (object: ObjectNode, args: ListArguments, context) =>
      listOf(object.indexes, args, context),
    indexMetadataList: (object: ObjectNode, _: unknown, { spend }) => spend(object.indexes),
    searchFieldMetadataList: async (object: ObjectNode, _: unknown, context) =>
      context.spend((await context.searchFields()).of(object)),
  },
  Index: BUILD_RESOLVERS,
  Field: {
    ...BUILD_RESOLVERS,
    object: (field: FieldNode, _: unknown, { spend }) => spend([field.object])[0],
    isSearchable: async (field: FieldNode, _: unknown, context) =>
      (await context.searchFields()).isSearched(field),
    relation: (field: FieldNode, _: unknown, context) => linked(field, field.relation, context),
    morphRelations: (field: FieldNode, _: unknown, context) =>
      field.morphRelations?.flatMap((relation) => linked(field, relation, context) ?? []) ?? null,
  },
})

const writers = (changes: ModelChanges): Resolvers => ({
  Mutation: {
    createOneObject: (_: unknown, args: Given<{ object: CreateObjectInput }>, context) =>
      settle(changes.createObject(context.requestContext, args.input.object, optionsOf(args)), context),
    updateOneObject: (_: unknown, args: Given<ObjectUpdate>, context) =>
      settle(
        changes.updateObject(context.requestContext, args.input.id, args.input.update, optionsOf(args)),
        context,
      ),
    updateManyObjects: async (
      _: unknown,
      args: DryRun & { readonly inputs: readonly ObjectUpdate[] },
      context,
    ) => {
      const changed = await changes.updateObjects(context.requestContext, args.inputs, optionsOf(args))
      return changed.map((each) => nodeOf(each, context))
    },
    deleteOneObject: (_: unknown, args: Given<ById>, context) =>
      settle(changes.deleteObject(context.requestContext, args.input.id, optionsOf(args)), context),
    createOneField: (_: unknown, args: Given<{ field: CreateFieldInput }>, context) =>
      settle(changes.createField(context.requestContext, args.input.field, optionsOf(args)), context),
    updateOneField: (_: unknown, args: Given<{ id: string; update: UpdateFieldInput }>, context) =>
      settle(
        changes.updateField(context.requestContext, args.input.id, args.input.update, optionsOf(args)),
        context,
      ),
    deleteOneField: (_: unknown, args: Given<ById>, context) =>
      settle(changes.deleteField(context.requestContext, args.input.id, optionsOf(args)), context),
    createOneIndex: (_: unknown, args: Given<{ index: CreateIndexInput }>, context) =>
      settle(changes.createIndex(context.requestContext, args.input.index, optionsOf(args)), context),
    retryBuild: async (_: unknown, { id }: ById, context) => {
      await changes.retryBuild(context.requestContext, await context.model(), id)
      return 'pending'
    },
    deleteOneIndex: (_: unknown, args: Given<ById>, context) =>
      settle(changes.deleteIndex(context.requestContext, args.input.id, optionsOf(args)), context),
  },
})

export const createModelResolvers = (options: ModelResolversOptions): readonly Resolvers[] => [
  readers(options),
  writers(options.changes),
]
