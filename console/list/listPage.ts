// Pages of lists of the gateway, and options to choose from.

import type { QueryKey } from '@tanstack/react-query'

/** Items of a page that is shown, and options of a select. */
export const LIST_PAGE_SIZE = 50
/** As the gateway accepts it. */
export const LARGEST_PAGE = 1_000

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

/** The gateway refuses a search without a letter or a digit. */
export const canMatch = (search: string): boolean => search === '' || /[\p{L}\p{N}]/u.test(search)

/**
 * Items of a list, page by page.
 * @param readPage the LARGEST_PAGE items after an id
 * @param atMost stops there
 */
export const readAll = async <T extends HasId>(
  readPage: (after: string | null) => Promise<readonly T[]>,
  isWanted: (item: T) => boolean = () => true,
  atMost = Number.POSITIVE_INFINITY,
): Promise<readonly T[]> => {
  const found: T[] = []
  for (let after: string | null = null; ; ) {
    const page: readonly T[] = await readPage(after)
    found.push(...page.filter(isWanted))
    after = page.at(-1)?.id ?? null
    if (page.length < LARGEST_PAGE || found.length >= atMost) return found.slice(0, atMost)
  }
}

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
