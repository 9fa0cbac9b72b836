// Root fields that read: `companies` and `company` per object.

import type {} from 'postgraphile'
import { GraphQLBoolean, GraphQLNonNull } from 'postgraphile/graphql'
import type { ObjectModel } from '../../../../tenants/model/model.ts'
import { meaning } from '../../meaning.ts'
import type { Compilation } from './compilation.ts'
import { listArguments } from './objects.ts'

type Build = GraphileBuild.Build

const listField = (build: Build, object: ObjectModel) => ({
  type: build.getOutputTypeByName(`${object.typeName}Connection`),
  args: listArguments(build, object),
  extensions: meaning({ kind: 'list', object }),
})

const recordField = (build: Build, object: ObjectModel) => {
  const filterType = build.getInputTypeByName(`${object.typeName}FilterInput`)
  return {
    type: build.getOutputTypeByName(object.typeName),
    args: { filter: { type: new GraphQLNonNull(filterType) } },
    extensions: meaning({ kind: 'record', object }),
  }
}

/** GraphQL requires at least one field in Query. */
const NO_OBJECTS = {
  _empty: {
    type: GraphQLBoolean,
    description: 'Always null. There is no object to query yet.',
    extensions: meaning({ kind: 'nothing' }),
  },
}

export const createQueriesPlugin = (compilation: Compilation): GraphileConfig.Plugin => ({
  name: 'TenantryQueriesPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope }) {
        if (!scope.isRootQuery) return fields
        if (compilation.vocabulary.objects.length === 0) return build.extend(fields, NO_OBJECTS, 'Tenantry')
        const added = compilation.vocabulary.objects.flatMap((object) => [
          [object.namePlural, listField(build, object)] as const,
          [object.nameSingular, recordField(build, object)] as const,
        ])
        return build.extend(fields, Object.fromEntries(added), 'Tenantry')
      },
    },
  },
})
