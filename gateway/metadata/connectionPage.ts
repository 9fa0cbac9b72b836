// Pages of things with ids, largest id first. A page is bounded by ids instead of positions, so inserts and
// deletions between two pages neither repeat nor hide other entries.

import { isUuid } from '../../tenants/uuid.ts'
import { badInput } from '../error/problem.ts'

export interface Identified {
  readonly body: { readonly id: string }
}

export interface Bounds {
  /** The page starts after this id. */
  readonly after: string | undefined
  /** The page ends before this id. */
  readonly before: string | undefined
  readonly limit: number
  /** Which end of the range to take. */
  readonly isFromEnd: boolean
}

interface ConnectionPage<T> {
  readonly nodes: readonly T[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

export interface CursorPaging {
  readonly before?: string | null
  readonly after?: string | null
  readonly first?: number | null
  readonly last?: number | null
}

interface RelayConnection<T> {
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
  readonly edges: readonly { readonly node: T; readonly cursor: string }[]
}

const DEFAULT_PAGE = 10
const MAX_PAGE = 1000

/** UUIDs sort the same as their texts. */
const byIdDescending = (a: Identified, b: Identified): number =>
  a.body.id < b.body.id ? 1 : a.body.id > b.body.id ? -1 : 0

export const takePage = <T extends Identified>(all: readonly T[], bounds: Bounds): ConnectionPage<T> => {
  const { after, before, limit, isFromEnd } = bounds
  const sorted = all.toSorted(byIdDescending)
  const begin = after === undefined ? 0 : sorted.filter(({ body }) => body.id >= after).length
  const end = before === undefined ? sorted.length : sorted.filter(({ body }) => body.id > before).length
  const first = isFromEnd ? Math.max(begin, end - limit) : begin
  const last = isFromEnd ? end : Math.min(end, begin + limit)
  return { nodes: sorted.slice(first, last), hasNextPage: last < sorted.length, hasPreviousPage: first > 0 }
}

const cursorOf = (id: string): string => Buffer.from(id).toString('base64')

const idOf = (cursor: string | null | undefined): string | undefined => {
  if (cursor == null || cursor === '') return undefined
  const id = Buffer.from(cursor, 'base64').toString()
  if (isUuid(id)) return id
  throw badInput(`Invalid cursor: ${cursor.slice(0, 100)}`, 'INVALID_CURSOR')
}

const sizeOf = (name: 'first' | 'last', size: number): number => {
  if (size >= 0 && size <= MAX_PAGE) return size
  throw badInput(`paging.${name} is ${size}, but a page holds 0 to ${MAX_PAGE}.`, 'LIMIT_REACHED')
}

export const parsePaging = ({ first, last, after, before }: CursorPaging): Bounds => {
  if (first != null && last != null)
    throw badInput('Cannot provide both paging.first and paging.last', 'INVALID_ARGS')
  return {
    after: idOf(after),
    before: idOf(before),
    limit: last != null ? sizeOf('last', last) : sizeOf('first', first ?? DEFAULT_PAGE),
    isFromEnd: last != null,
  }
}

export const toConnection = <T extends Identified>({
  nodes,
  hasNextPage,
  hasPreviousPage,
}: ConnectionPage<T>): RelayConnection<T> => {
  const edges = nodes.map((node) => ({ node, cursor: cursorOf(node.body.id) }))
  return {
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    edges,
  }
}
