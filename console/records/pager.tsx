// Pagination by cursor: Previous, Next, and the range of the visible records. The URL holds the place.

import { Button, Group, Text } from '@mantine/core'
import { PAGE_SIZE, type RecordPage } from './page.ts'
import { FIRST_PAGE, type Place } from './view.ts'

interface PagerProps {
  readonly page: RecordPage
  readonly isFetching: boolean
  readonly onPlace: (place: Place) => void
}

const totalOf = ({ totalCount, isEstimate }: RecordPage): string =>
  totalCount === null ? '' : ` of ${isEstimate ? 'about ' : ''}${totalCount.toLocaleString()}`

export const Pager = ({ page, isFetching, onPlace }: PagerProps) => {
  const { index, rows, startCursor, endCursor, hasNextPage } = page
  const first = index * PAGE_SIZE + 1
  const last = first + rows.length - 1
  const back = () =>
    onPlace(
      index > 1 && startCursor !== null ? { index: index - 1, after: null, before: startCursor } : FIRST_PAGE,
    )
  const next = () => onPlace({ index: index + 1, after: endCursor, before: null })
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" c="dimmed" aria-live="polite">
        {rows.length === 0
          ? 'No records'
          : `${first.toLocaleString()}–${last.toLocaleString()}${totalOf(page)}`}
        {hasNextPage && endCursor === null
          ? '. These records have no key, so there is no next page. Use a filter to find other records.'
          : ''}
      </Text>
      <Group gap="xs">
        <Button variant="default" size="compact-sm" disabled={index === 0 || isFetching} onClick={back}>
          Previous
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          disabled={!hasNextPage || endCursor === null || isFetching}
          onClick={next}
        >
          Next
        </Button>
      </Group>
    </Group>
  )
}
