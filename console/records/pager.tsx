// The way through pages that only know what comes next. In: how many records there are and where the page ends; out: buttons and a sentence. The cursors
// of the pages that were walked are kept by whoever shows them.

import { Button, Group, Text } from '@mantine/core'
import { PAGE_SIZE, type Page } from './page.ts'

export interface PagerProps {
  readonly page: Page
  /** How many pages lie before this one. */
  readonly index: number
  readonly isFetching: boolean
  readonly onNext: (cursor: string) => void
  readonly onBack: () => void
}

export const Pager = ({ page, index, isFetching, onNext, onBack }: PagerProps) => {
  const { rows, totalCount, endCursor, hasNextPage } = page
  const first = index * PAGE_SIZE + 1
  const last = first + rows.length - 1
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" c="dimmed" aria-live="polite">
        {rows.length === 0
          ? 'No records'
          : `${first.toLocaleString()}–${last.toLocaleString()} of ${totalCount.toLocaleString()}`}
        {hasNextPage && endCursor === null ? '. Without a key there is no next page: filter instead.' : ''}
      </Text>
      <Group gap="xs">
        <Button variant="default" size="compact-sm" disabled={index === 0 || isFetching} onClick={onBack}>
          Previous
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          disabled={!hasNextPage || endCursor === null || isFetching}
          onClick={() => endCursor !== null && onNext(endCursor)}
        >
          Next
        </Button>
      </Group>
    </Group>
  )
}
