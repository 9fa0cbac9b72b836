// `companiesGroupBy`: its arguments, its type and the root field. gateway/records/read/groupBy.ts compiles
// it.

import type {} from 'postgraphile'
import { GraphQLBoolean, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString } from 'postgraphile/graphql'
import { COMPOSITES } from '../../../../tenants/model/compositeType.ts'
import type { ModelField, ObjectModel } from '../../../../tenants/model/model.ts'
import { SCALARS } from '../../../../tenants/model/scalarType.ts'
import { GRANULARITIES, WEEK_START_DAYS } from '../../../records/read/dimension.ts'
import { meaning } from '../../meaning.ts'
import { aggregateFields, connectionAggregates } from './aggregates.ts'
import type { Compilation } from './compilation.ts'
import { isOrderable } from './inputs.ts'
import type { ListedField, RootFields } from './rootFields.ts'

type Build = GraphileBuild.Build

const GRANULARITY = 'ObjectRecordGroupByDateGranularity'
const WEEK_START = 'WeekStartDay'
const DATE_INPUT = 'ObjectRecordGroupByDateInput'
const DATE_ORDER = 'ObjectRecordOrderByDateInput'

const registerShared = (build: Build): void => {
  const registerEnum = (name: string, values: readonly string[]): void =>
    build.registerEnumType(
      name,
      {},
      () => ({ values: Object.fromEntries(values.map((value) => [value, { value }])) }),
      'Tenantry',
    )
  registerEnum(GRANULARITY, GRANULARITIES)
  registerEnum(WEEK_START, WEEK_START_DAYS)
  build.registerInputObjectType(
    DATE_INPUT,
    {},
    () => ({
      fields: () => ({
        granularity: { type: build.getInputTypeByName(GRANULARITY) },
        weekStartDay: { type: build.getInputTypeByName(WEEK_START) },
        timeZone: { type: GraphQLString },
      }),
    }),
    'Tenantry',
  )
  build.registerInputObjectType(
    DATE_ORDER,
    {},
    () => ({
      fields: () => ({
        orderBy: { type: build.getInputTypeByName('OrderByDirection') },
        granularity: { type: build.getInputTypeByName(GRANULARITY) },
      }),
    }),
    'Tenantry',
  )
  for (const { graphqlName: name, parts } of Object.values(COMPOSITES))
    build.registerInputObjectType(
      `${name}GroupByInput`,
      {},
      () => ({
        fields: () =>
          Object.fromEntries(
            parts
              .filter(({ type }) => SCALARS[type].isOrdered)
              .map((part) => [part.name, { type: GraphQLBoolean }]),
          ),
      }),
      'Tenantry',
    )
}

const isDate = (field: ModelField): boolean => field.kind === 'scalar' && SCALARS[field.type].isDate === true

const createTypeNames = ({ vocabulary }: Compilation) => {
  const typeName = (field: ModelField, words: { scalar: string; date: string; suffix: string }) => {
    switch (field.kind) {
      case 'scalar':
        if (!SCALARS[field.type].isOrdered) return null
        return isDate(field) ? words.date : words.scalar
      case 'composite':
        return `${COMPOSITES[field.type].graphqlName}${words.suffix}`
      case 'toOne': {
        const target = vocabulary.byTable.get(field.target)
        return target !== undefined && isOrderable(target) ? target.typeName + words.suffix : null
      }
      case 'toMany':
        return null
    }
  }
  return {
    group: (field: ModelField) =>
      typeName(field, { scalar: 'Boolean', date: DATE_INPUT, suffix: 'GroupByInput' }),
    order: (field: ModelField) =>
      typeName(field, { scalar: 'OrderByDirection', date: DATE_ORDER, suffix: 'OrderByInput' }),
  }
}

const registerObject = (build: Build, compilation: Compilation, object: ObjectModel): void => {
  const { typeName } = object
  const names = createTypeNames(compilation)
  const input = (
    name: string,
    fields: () => Record<string, { type: ReturnType<Build['getInputTypeByName']> }>,
  ) => build.registerInputObjectType(name, {}, () => ({ fields }), 'Tenantry')
  const named = (nameOf: (field: ModelField) => string | null) =>
    Object.fromEntries(
      [...object.fields.values()].flatMap((field) => {
        const name = nameOf(field)
        const type =
          name === 'Boolean' ? GraphQLBoolean : name === null ? null : build.getInputTypeByName(name)
        return type === null ? [] : [[field.name, { type }]]
      }),
    )
  const direction = () => ({ type: build.getInputTypeByName('OrderByDirection') })

  input(`${typeName}GroupByInput`, () => named(names.group))
  input(`${typeName}OrderByAggregateInput`, () =>
    Object.fromEntries(connectionAggregates(object).map(({ name }) => [name, direction()])),
  )
  input(`${typeName}OrderByWithGroupByInput`, () => ({
    ...named(names.order),
    aggregate: { type: build.getInputTypeByName(`${typeName}OrderByAggregateInput`) },
  }))
  build.registerObjectType(
    `${typeName}GroupByConnection`,
    {},
    () => ({
      fields: () => ({
        groupByDimensionValues: {
          type: new GraphQLNonNull(build.getOutputTypeByName('JSON')),
        },
        edges: {
          type: new GraphQLNonNull(
            new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(`${typeName}Edge`))),
          ),
        },
        pageInfo: {
          type: new GraphQLNonNull(build.getOutputTypeByName('PageInfo')),
        },
        ...aggregateFields(build, object),
      }),
    }),
    'Tenantry',
  )
}

const groupField = (build: Build, object: ObjectModel) => {
  const input = (suffix: string) => build.getInputTypeByName(object.typeName + suffix)
  return {
    type: new GraphQLList(build.getOutputTypeByName(`${object.typeName}GroupByConnection`)),
    args: {
      groupBy: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(input('GroupByInput')))) },
      filter: { type: input('FilterInput') },
      orderBy: { type: new GraphQLList(input('OrderByWithGroupByInput')) },
      orderByForRecords: { type: new GraphQLList(input('OrderByInput')) },
      viewId: { type: build.getInputTypeByName('UUID') },
      limit: { type: GraphQLInt },
      offsetForRecords: { type: GraphQLInt },
    },
    extensions: meaning({ kind: 'groups', object }),
  }
}

/** An object without sortable fields cannot be grouped either. */
const groupable = ({ vocabulary }: Compilation): readonly ObjectModel[] =>
  vocabulary.objects.filter(isOrderable)

export const createGroupByPlugin = (compilation: Compilation): GraphileConfig.Plugin => ({
  name: 'TenantryGroupByPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        registerShared(build)
        for (const object of groupable(compilation)) registerObject(build, compilation, object)
        return _
      },
    },
  },
})

export const createGroupFields =
  (compilation: Compilation): RootFields =>
  (build, root, isTaken) =>
    root !== 'query'
      ? []
      : groupable(compilation)
          .map((object): ListedField => [`${object.namePlural}GroupBy`, () => groupField(build, object)])
          .filter(([name]) => !isTaken(name))
