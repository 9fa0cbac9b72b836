// The API keys, page by page, with a search where there are many.

import { IconKey } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { pageOf } from '../list/listPage.ts'
import { PagedList } from '../list/pagedList.tsx'
import { EmptyState } from '../parts/emptyState.tsx'
import { useApi } from '../session/provider.tsx'
import { KEYS_KEY, readKeyPage } from './keys.ts'
import { KeyTable, type KeyTableProps } from './keyTable.tsx'

interface KeyListProps extends Pick<KeyTableProps, 'onAction'> {
  /** The button that creates a key. */
  readonly create: ReactNode
}

export const KeyList = ({ create, onAction }: KeyListProps) => {
  const api = useApi()
  return (
    <PagedList
      queryKey={KEYS_KEY}
      read={async (search, after) => pageOf(await readKeyPage(api, search, after))}
      find={{ label: 'Find a key', placeholder: 'Name' }}
      empty={
        <EmptyState
          icon={<IconKey size={32} stroke={1.5} aria-hidden />}
          title="No keys yet"
          text="Create one to call the API from a program. The playgrounds below work without a key."
          action={create}
        />
      }
      noMatch={{ title: 'No matching key', text: 'Enter the first letters of any word in its name.' }}
      rows={4}
      rowHeight={44}
    >
      {(keys) => <KeyTable keys={keys} onAction={onAction} />}
    </PagedList>
  )
}
