// A list that the gateway pages and searches. The search appears where there are many.

import { Button, Text } from '@mantine/core'
import { keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { EmptyState } from '../parts/emptyState.tsx'
import { ErrorState } from '../parts/errorState.tsx'
import type { LoadingProps } from '../parts/loading.tsx'
import { Query } from '../parts/query.tsx'
import type { ListPage } from './listPage.ts'

// Short lists do without.
const ListSearch = lazy(() => import('./listSearch.tsx'))

/** A longer list has a search. */
const SHORT = 10
/** The gateway refuses a search without a letter or a digit. */
export const canMatch = (search: string): boolean => search === '' || /[\p{L}\p{N}]/u.test(search)

interface ShowMoreProps {
  readonly of: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly fetchNextPage: () => Promise<unknown>
  }
  /** Items that are on the page. */
  readonly shown: number
  /** Absent where the gateway does not count them. */
  readonly totalCount?: number | undefined
}

/** Button below a list that reads its next page. After the last one, focus moves to a text in its place. */
export const ShowMore = ({ of: pages, shown, totalCount }: ShowMoreProps) => {
  const [wasPressed, setWasPressed] = useState(false)
  const isWaiting = useRef(false)
  const end = useRef<HTMLParagraphElement>(null)
  const { hasNextPage, isFetchingNextPage } = pages
  const more = async (): Promise<void> => {
    setWasPressed(true)
    isWaiting.current = true
    await pages.fetchNextPage()
  }
  useEffect(() => {
    if (isFetchingNextPage || hasNextPage || !isWaiting.current) return
    isWaiting.current = false
    end.current?.focus()
  }, [hasNextPage, isFetchingNextPage])
  if (hasNextPage)
    return (
      <Button
        variant="default"
        display="block"
        mt="md"
        mx="auto"
        // Not `loading`, which would disable the button and lose its focus.
        aria-busy={isFetchingNextPage}
        onClick={() => void more()}
      >
        {totalCount === undefined ? 'Show more' : `Show more (${totalCount - shown} left)`}
      </Button>
    )
  if (!wasPressed) return null
  return (
    <Text ref={end} tabIndex={-1} mt="md" size="sm" c="dimmed" ta="center">
      All {shown} are shown
    </Text>
  )
}

interface PagedListProps<T> extends LoadingProps {
  readonly queryKey: QueryKey
  /** @param search beginnings of words; empty for all. @param after id; null for the first page */
  readonly read: (search: string, after: string | null) => Promise<ListPage<T>>
  /** The search: its label and its placeholder. */
  readonly find: { readonly label: string; readonly placeholder: string }
  /** The search is there for a short list, too. */
  readonly alwaysSearches?: boolean
  readonly empty: ReactNode
  readonly noMatch: { readonly title: string; readonly text: string }
  readonly children: (items: readonly T[]) => ReactNode
}

const usePages = <T,>({ queryKey, read }: Pick<PagedListProps<T>, 'queryKey' | 'read'>, search: string) =>
  useInfiniteQuery({
    queryKey: [...queryKey, 'pages', search],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }): Promise<ListPage<T>> =>
      canMatch(search) ? read(search, pageParam) : Promise.resolve({ items: [], nextAfter: null }),
    getNextPageParam: ({ nextAfter }) => nextAfter,
    select: ({ pages }) => ({
      items: pages.flatMap(({ items }) => items),
      totalCount: pages.at(-1)?.totalCount,
    }),
    placeholderData: keepPreviousData,
  })

export const PagedList = <T,>(props: PagedListProps<T>) => {
  const { find, alwaysSearches = false, empty, noMatch, children, ...rest } = props
  const { queryKey, read, ...loading } = rest
  const [search, setSearch] = useState('')
  const pages = usePages({ queryKey, read }, search)
  const count = pages.data?.items.length ?? 0
  // The search stays while it shortens the list.
  const hasSearch = useRef(alwaysSearches)
  hasSearch.current ||= count > SHORT
  const isEmptyList = search === '' && !pages.isPlaceholderData
  return (
    <div>
      {hasSearch.current ? (
        <Suspense fallback={null}>
          <ListSearch {...find} onChange={setSearch} />
        </Suspense>
      ) : null}
      <Query of={pages} {...loading}>
        {({ items }) =>
          items.length > 0 ? children(items) : isEmptyList ? empty : <EmptyState {...noMatch} />
        }
      </Query>
      {pages.isFetchNextPageError ? <ErrorState failure={pages.error} onRetry={pages.fetchNextPage} /> : null}
      <ShowMore key={search} of={pages} shown={count} totalCount={pages.data?.totalCount} />
    </div>
  )
}
