// Output types of every compilation: page info and the composites.

import { GraphQLBoolean, GraphQLNonNull } from 'postgraphile/graphql'
import { COMPOSITES } from '../../../../tenants/model/compositeType.ts'
import type { Vocabulary } from '../vocabulary.ts'

type Build = GraphileBuild.Build

const registerPageInfo = (build: Build): void =>
  build.registerObjectType(
    'PageInfo',
    {},
    () => ({
      fields: () => {
        const flag = { type: new GraphQLNonNull(GraphQLBoolean) }
        const cursor = { type: build.getOutputTypeByName('ConnectionCursor') }
        return { hasNextPage: flag, hasPreviousPage: flag, startCursor: cursor, endCursor: cursor }
      },
    }),
    'Tenantry',
  )

const registerComposites = (build: Build, vocabulary: Vocabulary): void => {
  for (const { graphqlName: name, parts } of Object.values(COMPOSITES))
    build.registerObjectType(
      name,
      {},
      () => ({
        fields: () =>
          Object.fromEntries(
            parts.map((part) => [
              part.name,
              { type: build.getOutputTypeByName(vocabulary.part(part).output) },
            ]),
          ),
      }),
      'Tenantry',
    )
}

export const createSharedPlugin = (vocabulary: Vocabulary): GraphileConfig.Plugin => ({
  name: 'TenantrySharedPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        registerPageInfo(build)
        registerComposites(build, vocabulary)
        return _
      },
    },
  },
})
