// Output types of objects, each with its connection and edge. Every field except a record's key is nullable:
// a client must be able to select fields while the database decides what it may read. Shared types are in
// shared.ts.

import {
  type GraphQLArgumentConfig,
  GraphQLBoolean,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from 'postgraphile/graphql'
import { COMPOSITES } from '../../../../tenants/model/compositeType.ts'
import type { ModelField, ObjectModel } from '../../../../tenants/model/model.ts'
import { LIST_ARGUMENT_NAMES } from '../../../../tenants/model/reserved.ts'
import { LIST_ARGUMENTS, type ListArgumentType } from '../../../records/read/listArgument.ts'
import { ESTIMATE_FLAG } from '../../../records/select/total.ts'
import { aggregateFields } from './aggregates.ts'
import type { Compilation } from './compilation.ts'
import { computedFields } from './computed.ts'
import { isOrderable } from './inputs.ts'

type Build = GraphileBuild.Build

/** None where the object has no such input. */
const argumentType = (build: Build, object: ObjectModel, type: ListArgumentType) => {
  switch (type) {
    case 'Int':
      return [GraphQLInt]
    case 'String':
      return [GraphQLString]
    case 'FilterInput':
      return [build.getInputTypeByName(object.typeName + type)]
    case 'OrderByInput':
      return isOrderable(object) ? [new GraphQLList(build.getInputTypeByName(object.typeName + type))] : []
  }
}

/** Arguments of every list. */
export const listArguments = (
  build: Build,
  object: ObjectModel,
): Readonly<Record<string, GraphQLArgumentConfig>> =>
  Object.fromEntries(
    LIST_ARGUMENT_NAMES.flatMap((name) =>
      argumentType(build, object, LIST_ARGUMENTS[name].type).map((type) => [name, { type }] as const),
    ),
  )

const description = (comment: string | null) => (comment === null ? {} : { description: comment })

const fieldOf = (build: Build, { vocabulary }: Compilation, object: ObjectModel, field: ModelField) => {
  switch (field.kind) {
    case 'scalar': {
      const { output, isList } = vocabulary.scalar(object, field)
      const named = build.getOutputTypeByName(output)
      const type = isList ? new GraphQLList(named) : named
      const isKey = object.key.includes(field.column.name)
      return {
        ...description(field.column.comment),
        type: isKey ? new GraphQLNonNull(type) : type,
      }
    }
    case 'composite':
      return { type: build.getOutputTypeByName(COMPOSITES[field.type].graphqlName) }
    case 'toOne': {
      const target = vocabulary.byTable.get(field.target)
      if (target === undefined) return null
      return {
        type: build.getOutputTypeByName(target.typeName),
      }
    }
    case 'toMany': {
      const target = vocabulary.byTable.get(field.target)
      if (target === undefined) return null
      return {
        type: build.getOutputTypeByName(`${target.typeName}Connection`),
        args: listArguments(build, target),
      }
    }
  }
}

const registerObject = (build: Build, compilation: Compilation, object: ObjectModel): void => {
  const { typeName } = object
  build.registerObjectType(
    typeName,
    {},
    () => ({
      ...description(object.comment),
      fields: () => ({
        ...Object.fromEntries(
          [...object.fields.values()].flatMap((field) => {
            const config = fieldOf(build, compilation, object, field)
            return config === null ? [] : [[field.name, config]]
          }),
        ),
        ...computedFields(build, compilation, object),
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
        },
        cursor: {
          type: new GraphQLNonNull(build.getOutputTypeByName('Cursor')),
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
        },
        pageInfo: {
          type: new GraphQLNonNull(build.getOutputTypeByName('PageInfo')),
        },
        ...aggregateFields(build, object),
        [ESTIMATE_FLAG]: { type: new GraphQLNonNull(GraphQLBoolean) },
      }),
    }),
    'Tenantry',
  )
}

export const createObjectsPlugin = (compilation: Compilation): GraphileConfig.Plugin => ({
  name: 'TenantryObjectsPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        for (const object of compilation.vocabulary.objects) registerObject(build, compilation, object)
        return _
      },
    },
  },
})
