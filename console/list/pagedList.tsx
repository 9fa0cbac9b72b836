// A list that the gateway pages and searches. The search appears where there are many.

import { keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useRef, useState } from 'react'
import { EmptyState } from '../parts/emptyState.tsx'
import type { LoadingProps } from '../parts/loading.tsx'
import { Query } from '../parts/query.tsx'
import { canMatch, type ListPage } from './listPage.ts'
import { ShowMore } from './showMore.tsx'

const ListSearch = lazy(() => import('./listSearch.tsx'))

/** A longer list has a search. */
const SHORT = 10
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
      <ShowMore key={search} of={pages} shown={count} totalCount={pages.data?.totalCount} />
    </div>
  )
}
