// Root fields that read: `companies` and `company` per object.

import type {} from 'postgraphile'
import { GraphQLBoolean, GraphQLNonNull } from 'postgraphile/graphql'
import type { ObjectModel } from '../../../../tenants/model/model.ts'
import { meaning } from '../../meaning.ts'
import type { Compilation } from './compilation.ts'
import { listArguments } from './objects.ts'
import type { ListedField, RootFields } from './rootFields.ts'

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
const NO_OBJECTS: ListedField = [
  '_empty',
  () => ({
    type: GraphQLBoolean,
    description: 'Always null. There is no object to query yet.',
    extensions: meaning({ kind: 'nothing' }),
  }),
]

export const createQueryFields =
  ({ vocabulary: { objects } }: Compilation): RootFields =>
  (build, root) => {
    if (root !== 'query') return []
    if (objects.length === 0) return [NO_OBJECTS]
    return objects.flatMap((object): readonly ListedField[] => [
      [object.namePlural, () => listField(build, object)],
      [object.nameSingular, () => recordField(build, object)],
    ])
  }
