// `search`: the root field that searches all objects at once. gateway/records/read/search.ts compiles it into
// one statement.

import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from 'postgraphile/graphql'
import { meaning } from '../../meaning.ts'
import type { Compilation } from './compilation.ts'
import type { FieldConfig, RootFields } from './rootFields.ts'

type Build = GraphileBuild.Build
const CONNECTION = 'SearchResultConnection'
const EDGE = 'SearchResultEdge'
const RECORD = 'SearchRecord'
const PAGE_INFO = 'SearchResultPageInfo'
const FILTER = 'ObjectRecordFilterInput'

const registerTypes = (build: Build): void => {
  const register = (
    name: string,
    types: () => Readonly<Record<string, ReturnType<Build['getOutputTypeByName']>>>,
  ) =>
    build.registerObjectType(
      name,
      {},
      () => ({
        fields: () => Object.fromEntries(Object.entries(types()).map(([field, type]) => [field, { type }])),
      }),
      'Tenantry',
    )
  const text = new GraphQLNonNull(GraphQLString)
  register(RECORD, () => ({
    recordId: new GraphQLNonNull(build.getOutputTypeByName('UUID')),
    objectNameSingular: text,
    objectLabelSingular: text,
    label: text,
    imageUrl: GraphQLString,
    tsRankCD: new GraphQLNonNull(GraphQLFloat),
    tsRank: new GraphQLNonNull(GraphQLFloat),
  }))
  register(EDGE, () => ({ node: new GraphQLNonNull(build.getOutputTypeByName(RECORD)), cursor: text }))
  register(PAGE_INFO, () => ({ endCursor: GraphQLString, hasNextPage: new GraphQLNonNull(GraphQLBoolean) }))
  register(CONNECTION, () => ({
    edges: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(EDGE)))),
    pageInfo: new GraphQLNonNull(build.getOutputTypeByName(PAGE_INFO)),
    isPartial: new GraphQLNonNull(GraphQLBoolean),
  }))
  build.registerInputObjectType(
    FILTER,
    {},
    () => ({
      fields: () => {
        const self = build.getInputTypeByName(FILTER)
        const instant = { type: build.getInputTypeByName('DateTimeFilter') }
        return {
          and: { type: new GraphQLList(self) },
          or: { type: new GraphQLList(self) },
          not: { type: self },
          id: { type: build.getInputTypeByName('UUIDFilter') },
          createdAt: instant,
          updatedAt: instant,
          deletedAt: instant,
        }
      },
    }),
    'Tenantry',
  )
}

const searchField = (build: Build): FieldConfig => {
  const text = new GraphQLNonNull(GraphQLString)
  const list = new GraphQLList(text)
  return {
    type: build.getOutputTypeByName(CONNECTION),
    args: {
      searchInput: { type: text },
      limit: { type: new GraphQLNonNull(GraphQLInt) },
      after: { type: GraphQLString },
      includedObjectNameSingulars: { type: list },
      excludedObjectNameSingulars: { type: list },
      filter: { type: build.getInputTypeByName(FILTER) },
    },
    extensions: meaning({ kind: 'search' }),
  }
}

/** Without a searchable object there is no search field. */
const isOffered = ({ vocabulary }: Compilation): boolean =>
  vocabulary.objects.some(({ isSearchable }) => isSearchable)

export const createSearchPlugin = (compilation: Compilation): GraphileConfig.Plugin => ({
  name: 'TenantrySearchPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        if (isOffered(compilation)) registerTypes(build)
        return _
      },
    },
  },
})

export const createSearchFields =
  (compilation: Compilation): RootFields =>
  (build, root, isTaken) =>
    root === 'query' && isOffered(compilation) && !isTaken('search')
      ? [['search', () => searchField(build)]]
      : []
