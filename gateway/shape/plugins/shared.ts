// Output types that every shape has: page info and the composites. In: the vocabulary of a shape; out: a plugin that registers
// them.

import { GraphQLBoolean, GraphQLNonNull } from 'postgraphile/graphql'
import type { CompositeStep } from '../steps/composite.ts'
import { GroupPageStep } from '../steps/group.ts'
import { cursorOn, isMore, type RecordList } from '../steps/list.ts'
import { COMPOSITE_TYPES, type Vocabulary } from '../vocabulary.ts'

type Build = GraphileBuild.Build

const registerPageInfo = (build: Build): void =>
  build.registerObjectType(
    'PageInfo',
    {},
    () => ({
      fields: () => {
        const flag = (key: 'hasNextPage' | 'hasPreviousPage', side: 'after' | 'before') => ({
          type: new GraphQLNonNull(GraphQLBoolean),
          plan: ($list: RecordList | GroupPageStep) =>
            $list instanceof GroupPageStep ? $list.get(key) : isMore($list, key, side),
        })
        const cursor = (side: 'startCursor' | 'endCursor') => ({
          type: build.getOutputTypeByName('ConnectionCursor'),
          plan: ($list: RecordList | GroupPageStep) =>
            $list instanceof GroupPageStep ? $list.cursor(side) : cursorOn($list, side),
        })
        return {
          hasNextPage: flag('hasNextPage', 'before'),
          hasPreviousPage: flag('hasPreviousPage', 'after'),
          startCursor: cursor('startCursor'),
          endCursor: cursor('endCursor'),
        }
      },
    }),
    'Tenantry',
  )

const registerComposites = (build: Build, vocabulary: Vocabulary): void => {
  for (const { name, parts } of COMPOSITE_TYPES)
    build.registerObjectType(
      name,
      {},
      () => ({
        fields: () =>
          Object.fromEntries(
            parts.map((part) => [
              part.name,
              {
                type: build.getOutputTypeByName(vocabulary.part(part).output),
                plan: ($composite: CompositeStep) => $composite.get(part.name),
              },
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
