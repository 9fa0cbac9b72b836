// Output types of objects, each with its connection and edge. In: the model, its vocabulary and PostGraphile's resources by
// table; out: a plugin that registers them. Everything but a record's key may be null: a client must be able to ask while the
// database decides what it may read. Types that all objects share are shared.ts.

import type { PgResource, PgSelectSingleStep } from 'postgraphile/@dataplan/pg'
import type { FieldArgs } from 'postgraphile/grafast'
import { GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString } from 'postgraphile/graphql'
import type { ModelField, ObjectModel } from '../../../tenants/model/model.ts'
import type { GroupEdgeStep } from '../steps/group.ts'
import { edgesOf, planList, type RecordEdge, type RecordList } from '../steps/list.ts'
import { selectComposite, selectScalar, selectToMany, selectToOne } from '../steps/record.ts'
import { fieldIn, perView } from '../view.ts'
import { COMPOSITE_TYPES } from '../vocabulary.ts'
import { listAggregateFields } from './aggregates.ts'
import { computedFields } from './computed.ts'
import { isOrderable } from './inputs.ts'
import type { Shape } from './shape.ts'

type Build = GraphileBuild.Build

export const resourceOf = (build: Build, object: ObjectModel): PgResource => {
  const resource = build.input.pgRegistry.pgResources[object.table]
  if (resource === undefined) throw new Error(`PostGraphile made no resource of table ${object.table}.`)
  return resource
}

/** Arguments of every list. */
export const listArguments = (build: Build, object: ObjectModel) => {
  const input = (suffix: string) => build.getInputTypeByName(object.typeName + suffix)
  return {
    first: { type: GraphQLInt },
    last: { type: GraphQLInt },
    offset: { type: GraphQLInt },
    before: { type: GraphQLString },
    after: { type: GraphQLString },
    filter: { type: input('FilterInput') },
    ...(isOrderable(object) ? { orderBy: { type: new GraphQLList(input('OrderByInput')) } } : {}),
  }
}

const description = (comment: string | null) => (comment === null ? {} : { description: comment })

const fieldOf = (build: Build, { model, vocabulary }: Shape, object: ObjectModel, field: ModelField) => {
  switch (field.kind) {
    case 'scalar': {
      const { output, isList } = vocabulary.scalar(object, field)
      const named = build.getOutputTypeByName(output)
      const type = isList ? new GraphQLList(named) : named
      const isKey = object.key.includes(field.column.name)
      const select = perView(model, object, (view) => selectScalar(view.object, fieldIn(view, field)))
      return {
        ...description(field.column.comment),
        type: isKey ? new GraphQLNonNull(type) : type,
        plan: ($record: PgSelectSingleStep) => select()($record),
      }
    }
    case 'composite': {
      const composite = COMPOSITE_TYPES.find(({ type }) => type === field.type)
      const select = perView(model, object, (view) => selectComposite(view.object, fieldIn(view, field)))
      return {
        type: build.getOutputTypeByName(composite?.name ?? ''),
        plan: ($record: PgSelectSingleStep) => select()($record),
      }
    }
    case 'toOne': {
      const target = vocabulary.objects.find(({ table }) => table === field.target)
      if (target === undefined) return null
      const resource = resourceOf(build, target)
      const select = perView(model, object, (view) => selectToOne(fieldIn(view, field), target, resource))
      return {
        type: build.getOutputTypeByName(target.typeName),
        plan: ($record: PgSelectSingleStep) => select()($record),
      }
    }
    case 'toMany': {
      const target = vocabulary.objects.find(({ table }) => table === field.target)
      if (target === undefined) return null
      const resource = resourceOf(build, target)
      const select = perView(model, object, (view) =>
        selectToMany(fieldIn(view, field), view.model.byTable.get(target.table) ?? target, resource),
      )
      return {
        type: build.getOutputTypeByName(`${target.typeName}Connection`),
        args: listArguments(build, target),
        plan: ($record: PgSelectSingleStep, args: FieldArgs) =>
          planList(model, target, select()($record), args, true),
      }
    }
  }
}

const registerObject = (build: Build, shape: Shape, object: ObjectModel): void => {
  const { typeName } = object
  build.registerObjectType(
    typeName,
    {},
    () => ({
      ...description(object.comment),
      fields: () => ({
        ...Object.fromEntries(
          [...object.fields.values()].flatMap((field) => {
            const config = fieldOf(build, shape, object, field)
            return config === null ? [] : [[field.name, config]]
          }),
        ),
        ...computedFields(build, shape, object),
      }),
    }),
    'Tenantry',
  )
  build.registerObjectType(
    `${typeName}Edge`,
    {},
    () => ({
      fields: () => ({
        node: {
          type: new GraphQLNonNull(build.getOutputTypeByName(typeName)),
          plan: ($edge: RecordEdge | GroupEdgeStep) => $edge.node(),
        },
        cursor: {
          type: new GraphQLNonNull(build.getOutputTypeByName('Cursor')),
          plan: ($edge: RecordEdge | GroupEdgeStep) => $edge.cursor(),
        },
      }),
    }),
    'Tenantry',
  )
  build.registerObjectType(
    `${typeName}Connection`,
    {},
    () => ({
      fields: () => ({
        edges: {
          type: new GraphQLNonNull(
            new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(`${typeName}Edge`))),
          ),
          plan: ($list: RecordList) => edgesOf($list),
        },
        pageInfo: {
          type: new GraphQLNonNull(build.getOutputTypeByName('PageInfo')),
          plan: ($list: RecordList) => $list,
        },
        ...listAggregateFields(build, shape.model, object),
      }),
    }),
    'Tenantry',
  )
}

export const createObjectsPlugin = (shape: Shape): GraphileConfig.Plugin => ({
  name: 'TenantryObjectsPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        for (const object of shape.vocabulary.objects) registerObject(build, shape, object)
        return _
      },
    },
  },
})
