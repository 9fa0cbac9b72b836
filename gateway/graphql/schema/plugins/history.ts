// `companyHistory`: the changes of one record, for objects whose records can be named. Where a table or a
// function has taken a name, the field is left out.

import { GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString } from 'postgraphile/graphql'
import type { ObjectModel } from '../../../../tenants/model/model.ts'
import { HISTORY_TYPES, historyFieldOf, undoFieldOf } from '../../../../tenants/model/reserved.ts'
import { CHANGE_ACTOR_FIELDS } from '../../changeActor.ts'
import { meaning } from '../../meaning.ts'
import type { Compilation } from './compilation.ts'
import { keyArguments, keyArgumentTypes, keyOfArguments } from './mutations.ts'
import type { ListedField, RootFields } from './rootFields.ts'

type Build = GraphileBuild.Build
type OutputType = ReturnType<Build['getOutputTypeByName']>

const ACTOR = 'ChangeActor'
/** Of a connection; an argument of the key steps aside. */
const PAGE_ARGUMENTS = ['first', 'after']

const register = (build: Build, name: string, typesOf: () => Readonly<Record<string, OutputType>>): void =>
  build.registerObjectType(
    name,
    {},
    () => ({
      fields: () => Object.fromEntries(Object.entries(typesOf()).map(([field, type]) => [field, { type }])),
    }),
    'Tenantry',
  )

export const registerActor = (build: Build): void =>
  register(build, ACTOR, () => Object.fromEntries(CHANGE_ACTOR_FIELDS.map((name) => [name, GraphQLString])))

const registerTypes = (build: Build, { typeName }: ObjectModel): void => {
  const [entry = '', edge = '', connection = ''] = HISTORY_TYPES.map((suffix) => typeName + suffix)
  const text = new GraphQLNonNull(GraphQLString)
  register(build, entry, () => ({
    position: text,
    at: new GraphQLNonNull(build.getOutputTypeByName('DateTime')),
    operation: text,
    actor: build.getOutputTypeByName(ACTOR),
    changedFields: new GraphQLList(text),
    before: build.getOutputTypeByName(typeName),
    after: build.getOutputTypeByName(typeName),
  }))
  register(build, edge, () => ({ cursor: text, node: new GraphQLNonNull(build.getOutputTypeByName(entry)) }))
  register(build, connection, () => ({
    edges: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(edge)))),
    pageInfo: new GraphQLNonNull(build.getOutputTypeByName('PageInfo')),
    completeSince: build.getOutputTypeByName('DateTime'),
  }))
}

const historyField = (build: Build, compilation: Compilation, object: ObjectModel) => {
  const keys = keyArguments(object).map(({ name, field }) => ({
    name: PAGE_ARGUMENTS.includes(name) ? `${name}Key` : name,
    field,
  }))
  return {
    type: build.getOutputTypeByName(`${object.typeName}${HISTORY_TYPES[2]}`),
    args: {
      ...keyArgumentTypes(build, compilation, object, keys),
      first: { type: GraphQLInt },
      after: { type: GraphQLString },
    },
    extensions: meaning({ kind: 'history', object, keyOf: keyOfArguments(keys) }),
  }
}

const undoField = (build: Build, compilation: Compilation, object: ObjectModel) => {
  const keys = keyArguments(object).map(({ name, field }) => ({
    name: name === 'position' ? 'positionKey' : name,
    field,
  }))
  return {
    type: build.getOutputTypeByName(object.typeName),
    args: {
      ...keyArgumentTypes(build, compilation, object, keys),
      position: { type: new GraphQLNonNull(GraphQLString) },
    },
    extensions: meaning({ kind: 'undo', object, keyOf: keyOfArguments(keys) }),
  }
}

export const createHistoryPlugin = (compilation: Compilation): GraphileConfig.Plugin => ({
  name: 'TenantryHistoryPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        const { withHistory } = compilation
        if (withHistory.length > 0) registerActor(build)
        for (const object of withHistory) registerTypes(build, object)
        return _
      },
    },
  },
})

export const createHistoryFields = (compilation: Compilation): RootFields => {
  const { withHistory } = compilation
  const taken = new Set(compilation.model.functions.map(({ fieldName }) => fieldName))
  return (build, root) => {
    if (root === 'mutation')
      return withHistory
        .filter((object) => object.updatable && !taken.has(undoFieldOf(object)))
        .map((object): ListedField => [undoFieldOf(object), () => undoField(build, compilation, object)])
    if (root === 'subscription') return []
    return withHistory.map(
      (object): ListedField => [historyFieldOf(object), () => historyField(build, compilation, object)],
    )
  }
}
