// Pages of lists of the gateway, and options to choose from.

import type { QueryKey } from '@tanstack/react-query'

/** Items of a page that is shown, and options of a select. */
export const LIST_PAGE_SIZE = 50

export interface ListPage<T> {
  readonly items: readonly T[]
  /** Id that the next page begins after; null on the last page. */
  readonly nextAfter: string | null
  /** Of all pages; absent where the gateway does not count them. */
  readonly totalCount?: number
}

interface HasId {
  readonly id: string
}

/** Null asks for all. */
export const searchFor = (search: string): string | null => (search === '' ? null : search)

/** Asks for one item more than are shown: it shows that there is a next page. */
export const pageRequest = (search: string, after: string | null) => ({
  first: LIST_PAGE_SIZE + 1,
  after,
  search: searchFor(search),
})

/** A page of a bare list, which `pageRequest` asked for. */
export const pageOf = <T extends HasId>(answer: readonly T[]): ListPage<T> => {
  const items = answer.slice(0, LIST_PAGE_SIZE)
  return { items, nextAfter: answer.length > LIST_PAGE_SIZE ? (items.at(-1)?.id ?? null) : null }
}

export const isUuid = (text: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)

export interface SelectOption {
  readonly value: string
  readonly label: string
}

/** Where options come from. */
export interface OptionSource {
  readonly queryKey: QueryKey
  /** At most LIST_PAGE_SIZE. @param search beginnings of words; empty for all */
  readonly read: (search: string) => Promise<readonly SelectOption[]>
}
