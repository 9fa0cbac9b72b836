// `companyChanges`: the changes of an object's records, as subscriptions. Where another object has taken the
// name of its type, the field is left out.

import { GraphQLList, GraphQLNonNull, GraphQLString } from 'postgraphile/graphql'
import type { ObjectModel } from '../../../../tenants/model/model.ts'
import { CHANGE_TYPE, changesFieldOf } from '../../../../tenants/model/reserved.ts'
import { meaning } from '../../meaning.ts'
import type { Compilation } from './compilation.ts'
import { registerActor } from './history.ts'
import type { ListedField, RootFields } from './rootFields.ts'

type Build = GraphileBuild.Build

const typeOf = ({ typeName }: ObjectModel): string => typeName + CHANGE_TYPE

const registerChange = (build: Build, object: ObjectModel): void =>
  build.registerObjectType(
    typeOf(object),
    {},
    () => ({
      fields: () => {
        const text = new GraphQLNonNull(GraphQLString)
        const record = build.getOutputTypeByName(object.typeName)
        return {
          operation: { type: text },
          id: { type: GraphQLString, description: 'Key of the record, percent-encoded as in its REST path.' },
          previousId: {
            type: GraphQLString,
            description: 'The key before the change, if the change replaced it.',
          },
          record: { type: record, description: 'The current record; null if it is gone or hidden.' },
          previous: {
            type: record,
            description: 'The record before the change; its relations have their current values.',
          },
          changedFields: { type: new GraphQLList(text) },
          at: { type: new GraphQLNonNull(build.getOutputTypeByName('DateTime')) },
          actor: { type: build.getOutputTypeByName('ChangeActor') },
          position: { type: text, description: 'Pass it as `after` to continue after this change.' },
        }
      },
    }),
    'Tenantry',
  )

const changesField = (build: Build, object: ObjectModel) => ({
  type: new GraphQLNonNull(build.getOutputTypeByName(typeOf(object))),
  args: {
    filter: {
      type: build.getInputTypeByName(`${object.typeName}FilterInput`),
      description: 'Only changes to records that match before or after the change.',
    },
    operations: { type: new GraphQLList(new GraphQLNonNull(GraphQLString)) },
    after: { type: GraphQLString, description: 'A position, `now` (the default) or `oldest`.' },
  },
  extensions: meaning({ kind: 'changes', object }),
})

export const createSubscriptionsPlugin = (compilation: Compilation): GraphileConfig.Plugin => ({
  name: 'TenantrySubscriptionsPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        const { withChanges, withHistory } = compilation
        if (withChanges.length > 0 && withHistory.length === 0) registerActor(build)
        for (const object of withChanges) registerChange(build, object)
        return _
      },
    },
  },
})

export const createChangesFields =
  ({ withChanges }: Compilation): RootFields =>
  (build, root) =>
    root !== 'subscription'
      ? []
      : withChanges.map((object): ListedField => [changesFieldOf(object), () => changesField(build, object)])
