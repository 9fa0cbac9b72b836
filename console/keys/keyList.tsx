// The API keys, page by page, with a search where there are many.

import { Button } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useRef, useState } from 'react'
import { EmptyState } from '../parts/emptyState.tsx'
import { Query } from '../parts/query.tsx'
import { useApi } from '../session/provider.tsx'
import { KEY_PAGE_SIZE, KEYS_KEY, readKeyPage } from './keys.ts'
import { KeyTable, type KeyTableProps } from './keyTable.tsx'

const ListSearch = lazy(() => import('../parts/listSearch.tsx'))

/** A longer list has a search. */
const SHORT = 10

const useKeys = (search: string) => {
  const api = useApi()
  return useInfiniteQuery({
    queryKey: [...KEYS_KEY, 'pages', search],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => readKeyPage(api, search, pageParam),
    getNextPageParam: (last) => (last.length < KEY_PAGE_SIZE ? null : (last.at(-1)?.id ?? null)),
    select: ({ pages }) => pages.flat(),
    placeholderData: keepPreviousData,
  })
}

interface KeyListProps extends Pick<KeyTableProps, 'onAction'> {
  /** The button that creates a key. */
  readonly create: ReactNode
}

export const KeyList = ({ create, onAction }: KeyListProps) => {
  const [search, setSearch] = useState('')
  const keys = useKeys(search)
  // The search stays while it shortens the list.
  const hasSearch = useRef(false)
  hasSearch.current ||= (keys.data?.length ?? 0) > SHORT
  const empty =
    search === '' ? (
      <EmptyState
        icon={<IconKey size={32} stroke={1.5} aria-hidden />}
        title="No keys yet"
        text="Create one to call the API from a program. The playgrounds below work without a key."
        action={create}
      />
    ) : (
      <EmptyState title="No matching key" text="Enter the first letters of any word in its name." />
    )
  return (
    <div>
      {hasSearch.current ? (
        <Suspense fallback={null}>
          <ListSearch label="Find a key" placeholder="Name" onChange={setSearch} />
        </Suspense>
      ) : null}
      <Query of={keys} rows={4} rowHeight={44}>
        {(all) => (all.length === 0 ? empty : <KeyTable keys={all} onAction={onAction} />)}
      </Query>
      {keys.hasNextPage ? (
        <Button
          mt="md"
          variant="default"
          loading={keys.isFetchingNextPage}
          onClick={() => void keys.fetchNextPage()}
        >
          Show more
        </Button>
      ) : null}
    </div>
  )
}
