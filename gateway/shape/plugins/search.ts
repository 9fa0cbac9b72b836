// `search`: the root field that looks into all objects at once. In: a shape; out: a plugin. What matches, and how well, is compiled by
// gateway/records/read/search.ts into one statement.

import { access, context, type FieldArgs, lambda, type Step } from 'postgraphile/grafast'
import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from 'postgraphile/graphql'
import type { Model } from '../../../tenants/model/model.ts'
import { createParams } from '../../records/params.ts'
import { compileSearch, encodePlace } from '../../records/read/search.ts'
import type {} from '../planContext.ts'
import type { Shape } from './shape.ts'

type Build = GraphileBuild.Build
type Row = readonly (string | null)[]

interface Results {
  readonly edges: readonly { readonly node: object; readonly cursor: string }[]
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
}

const CONNECTION = 'SearchResultConnection'
const EDGE = 'SearchResultEdge'
const RECORD = 'SearchRecord'
const PAGE_INFO = 'SearchResultPageInfo'
const FILTER = 'ObjectRecordFilterInput'

const names = (value: unknown): readonly string[] | null =>
  Array.isArray(value) ? value.filter((name) => typeof name === 'string') : null

const resultsOf = (model: Model, rows: readonly Row[], limit: number): Results => {
  const edges = rows.slice(0, limit).map(([object, id, label, image, rankCd, rank, priority]) => ({
    node: {
      recordId: id,
      objectNameSingular: object,
      objectLabelSingular: model.bySingular.get(object ?? '')?.labelSingular ?? object,
      label,
      imageUrl: image,
      tsRankCD: Number(rankCd),
      tsRank: Number(rank),
    },
    cursor: encodePlace({
      rankCd: rankCd ?? '0',
      rank: rank ?? '0',
      priority: Number(priority),
      object: object ?? '',
      id: id ?? '',
    }),
  }))
  return {
    edges,
    pageInfo: { endCursor: edges.at(-1)?.cursor ?? null, hasNextPage: limit > 0 && rows.length > limit },
  }
}

const planSearch = (model: Model, args: FieldArgs): Step<Results> =>
  lambda(
    [
      context(),
      args.getRaw('searchInput'),
      args.getRaw('limit'),
      args.getRaw('after'),
      args.getRaw('includedObjectNameSingulars'),
      args.getRaw('excludedObjectNameSingulars'),
      args.getRaw('filter'),
    ],
    async ([request, searchInput, limit, after, included, excluded, filter]): Promise<Results> => {
      const e = createParams()
      const asked = {
        searchInput: String(searchInput),
        limit: Number(limit),
        after: typeof after === 'string' && after !== '' ? after : null,
        included: names(included),
        excluded: names(excluded),
        filter,
      }
      const text = compileSearch(e, request.model, asked)
      if (text === null) return resultsOf(model, [], asked.limit)
      const { rows } = await request.toPostgres(null, (client) =>
        client.query<Row>({ text, values: [...e.values], arrayMode: true }),
      )
      return resultsOf(model, rows, asked.limit)
    },
  )

const registerTypes = (build: Build): void => {
  const register = (
    name: string,
    types: () => Readonly<Record<string, ReturnType<Build['getOutputTypeByName']>>>,
  ) =>
    build.registerObjectType(
      name,
      {},
      () => ({
        fields: () =>
          Object.fromEntries(
            Object.entries(types()).map(([field, type]) => [
              field,
              { type, plan: ($parent: Step) => access($parent, field) },
            ]),
          ),
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

/** Where no object can be searched there is no search. */
export const createSearchPlugin = ({ vocabulary, model }: Shape): GraphileConfig.Plugin => {
  const isOffered = vocabulary.objects.some(({ isSearchable }) => isSearchable)
  return {
    name: 'TenantrySearchPlugin',
    version: '1.0.0',
    schema: {
      hooks: {
        init(_, build) {
          if (isOffered) registerTypes(build)
          return _
        },
        GraphQLObjectType_fields(fields, build, { scope }) {
          if (!scope.isRootQuery || !isOffered || fields.search !== undefined) return fields
          const text = new GraphQLNonNull(GraphQLString)
          const list = new GraphQLList(text)
          return build.extend(
            fields,
            {
              search: {
                type: build.getOutputTypeByName(CONNECTION),
                args: {
                  searchInput: { type: text },
                  limit: { type: new GraphQLNonNull(GraphQLInt) },
                  after: { type: GraphQLString },
                  includedObjectNameSingulars: { type: list },
                  excludedObjectNameSingulars: { type: list },
                  filter: { type: build.getInputTypeByName(FILTER) },
                },
                plan: (_$root: Step, args: FieldArgs) => planSearch(model, args),
              },
            },
            'Tenantry',
          )
        },
      },
    },
  }
}
