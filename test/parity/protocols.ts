// One question, asked of both protocols over their sockets; the answers in one form.

import { aggregatesOf } from '../../gateway/records/read/aggregate.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import type { Client } from '../support/gateway.ts'
import { type Question, restFilter, restOrder } from './question.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Reply {
  /** null: it was answered. */
  readonly refusal: string | null
  readonly records: readonly Row[]
  readonly totalCount: number | null
  readonly pageInfo: unknown
}

export interface Ask {
  readonly rest: (question: Question, cursor: string | null) => Promise<Reply>
  readonly graphql: (question: Question, cursor: string | null) => Promise<Reply>
}

const REFUSED: Omit<Reply, 'refusal'> = { records: [], totalCount: null, pageInfo: null }

/** Every value that both protocols return. */
const selectionOf = (object: ObjectModel): string =>
  [...object.fields.values()]
    .flatMap((field) => {
      if (field.kind === 'scalar') return field.type === 'TS_VECTOR' ? [] : [field.name]
      return field.kind === 'composite'
        ? [`${field.name} { ${field.parts.map(({ part }) => part.name).join(' ')} }`]
        : []
    })
    .join(' ')

const fail = (what: string): never => {
  throw new Error(what)
}

export const createAsk = (client: Client, object: ObjectModel): Ask => {
  const { namePlural, typeName } = object
  const queryOf = (
    aggregate: string,
  ): string => `query ($first: Int, $last: Int, $after: String, $before: String, $filter: ${typeName}FilterInput, $orderBy: [${typeName}OrderByInput]) {
  list: ${namePlural}(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount ${aggregate} pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    edges { cursor node { ${selectionOf(object)} } } } }`
  const plain = queryOf('')
  const [aggregate = ''] = [...aggregatesOf(object).keys()].filter((name) => name.startsWith('countNotEmpty'))
  const aggregated = queryOf(aggregate)
  return {
    rest: async ({ filter, orderBy, limit, isBackward }, cursor) => {
      const search = new URLSearchParams({ limit: String(limit) })
      const text = restFilter(filter)
      if (text !== '') search.set('filter', text)
      if (orderBy.length > 0) search.set('order_by', restOrder(orderBy))
      if (cursor !== null) search.set(isBackward ? 'ending_before' : 'starting_after', cursor)
      const { status, body, text: raw } = await client.get(`/rest/${namePlural}?${search}`)
      if (status >= 500) fail(`REST ${status} for ${search}: ${raw}`)
      if (status !== 200) return { ...REFUSED, refusal: body.messages[0] }
      return {
        refusal: null,
        records: body.data[namePlural],
        totalCount: body.totalCount,
        pageInfo: body.pageInfo,
      }
    },
    graphql: async ({ filter, orderBy, limit, isBackward, isAggregated }, cursor) => {
      const page =
        cursor === null
          ? { first: limit }
          : isBackward
            ? { last: limit, before: cursor }
            : { first: limit, after: cursor }
      const { body, text } = await client.graphql(isAggregated ? aggregated : plain, {
        ...page,
        filter,
        orderBy,
      })
      if (body.errors) {
        const [{ message, extensions }] = body.errors
        if (extensions.code === 'INTERNAL_SERVER_ERROR')
          fail(`GraphQL for ${JSON.stringify(filter)}: ${text}`)
        return { ...REFUSED, refusal: message }
      }
      const { edges, totalCount, pageInfo } = body.data.list
      return { refusal: null, records: edges.map(({ node }: { node: Row }) => node), totalCount, pageInfo }
    },
  }
}
