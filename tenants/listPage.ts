// Pages of workspaces, keys, roles and members, in the order of ids. A page begins after an id instead of
// a position, so inserts and deletions between two pages neither repeat nor hide other items. Searches
// match the beginnings of words.

import type { Connection } from '../sql/ownerPool.ts'
import { Refusal } from './refusal.ts'
import { isUuid } from './uuid.ts'

export interface PageRequest {
  readonly limit: number
  /** Id of the last item of the page before. */
  readonly after?: string | undefined
  /** Each word begins a word of the name, in any letter case. */
  readonly search?: string | undefined
}

export interface ListPage<T> {
  readonly items: readonly T[]
  readonly hasNextPage: boolean
  /** Of all pages. */
  readonly totalCount: number
}

interface ListQuery {
  readonly columns: string
  readonly from: string
  /** A condition; `$1` and so on are `values`. */
  readonly where: string
  readonly values: readonly unknown[]
  /** A uuid, or its text. */
  readonly id: string
  /** A tsvector of the searched text. */
  readonly words: string
  readonly isNewestFirst?: boolean
}

export const MAX_PAGE = 1000
const MAX_SEARCH_LENGTH = 200

const wordsOf = (search: string): readonly string[] => {
  const words = search.match(/[\p{L}\p{M}\p{N}]+/gu)
  if (words !== null && search.length <= MAX_SEARCH_LENGTH) return words
  throw new Refusal(
    'INVALID_INPUT',
    words === null
      ? 'search must contain a letter or a digit.'
      : `search must have at most ${MAX_SEARCH_LENGTH} characters.`,
  )
}

/**
 * The size of a page; throws a Refusal unless the text is an integer from 1 to MAX_PAGE.
 * @param name as the caller's protocol calls the parameter
 */
export const parsePageLimit = (text: string, name: string): number => {
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_PAGE) return limit
  throw new Refusal(
    'INVALID_INPUT',
    `${name} takes an integer from 1 to ${MAX_PAGE}, not "${text.slice(0, 100)}".`,
  )
}

/** @param names as the caller's protocol calls both parameters */
export const checkPage = (
  { limit, after, search }: PageRequest,
  names: Readonly<Record<'limit' | 'after', string>> = { limit: 'limit', after: 'after' },
): void => {
  parsePageLimit(String(limit), names.limit)
  if (after !== undefined && !isUuid(after))
    throw new Refusal(
      'INVALID_INPUT',
      `${names.after} takes the id of the last item on the previous page: "${after.slice(0, 100)}" is not an id.`,
    )
  if (search !== undefined) wordsOf(search)
}

export const readPage = async <T extends object>(
  connection: Connection,
  query: ListQuery,
  request: PageRequest,
): Promise<ListPage<T>> => {
  checkPage(request)
  const { columns, from, where, id, words, isNewestFirst = false } = query
  const { limit, after, search } = request
  const values = [...query.values]
  const conditions = [where]
  if (search !== undefined) {
    values.push(
      wordsOf(search)
        .map((word) => `${word}:*`)
        .join(' & '),
    )
    conditions.push(`${words} @@ to_tsquery('simple', $${values.length})`)
  }
  const { rows: counts } = await connection.query<{ count: number }>(
    `select count(*)::float8 as count from ${from} where ${conditions.join(' and ')}`,
    values,
  )
  if (after !== undefined) {
    values.push(after.toLowerCase())
    conditions.push(`${id} ${isNewestFirst ? '<' : '>'} $${values.length}`)
  }
  const { rows } = await connection.query<T>(
    `select ${columns} from ${from} where ${conditions.join(' and ')}
     order by ${id} ${isNewestFirst ? 'desc' : 'asc'} limit ${limit + 1}`,
    values,
  )
  return {
    items: rows.slice(0, limit),
    hasNextPage: rows.length > limit,
    totalCount: counts[0]?.count ?? 0,
  }
}

/** The same of a list that is in memory. */
export const takeListPage = <T extends { readonly id: string }>(
  list: readonly T[],
  nameOf: (item: T) => string,
  request: PageRequest,
  { isNewestFirst = false }: Pick<ListQuery, 'isNewestFirst'> = {},
): ListPage<T> => {
  checkPage(request)
  const { limit, after, search } = request
  const wanted = search === undefined ? [] : wordsOf(search.toLowerCase())
  const isFound = (item: T): boolean => {
    const words =
      nameOf(item)
        .toLowerCase()
        .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
    return wanted.every((start) => words.some((word) => word.startsWith(start)))
  }
  const found = wanted.length === 0 ? list : list.filter(isFound)
  const isBefore = (a: string, b: string): boolean => (isNewestFirst ? a > b : a < b)
  const rest = found
    .filter(({ id }) => after === undefined || isBefore(after.toLowerCase(), id))
    .toSorted((a, b) => (isBefore(a.id, b.id) ? -1 : 1))
  return { items: rest.slice(0, limit), hasNextPage: rest.length > limit, totalCount: found.length }
}

/** All items, in as many queries as there are pages. */
export const readAllPages = async <T extends { readonly id: string }>(
  read: (request: PageRequest) => Promise<ListPage<T>>,
  { after, search }: Omit<PageRequest, 'limit'> = {},
): Promise<readonly T[]> => {
  const all: T[] = []
  for (;;) {
    const { items, hasNextPage } = await read({ limit: MAX_PAGE, after: all.at(-1)?.id ?? after, search })
    all.push(...items)
    if (!hasNextPage) return all
  }
}
