// The button below a list that reads its next page. After the last page, focus moves to a text in its place.

import { Button, Center, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { FailureAlert } from '../form/failureAlert.tsx'

interface ShowMoreProps {
  readonly of: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly isFetchNextPageError: boolean
    readonly error: Error | null
    readonly fetchNextPage: () => Promise<unknown>
  }
  /** Items that are on the page. */
  readonly shown: number
  /** Absent where the gateway does not count them. */
  readonly totalCount?: number | undefined
}

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
      <Stack mt="md" gap="xs">
        <FailureAlert failure={pages.isFetchNextPageError ? pages.error : null} />
        <Center>
          <Button
            variant="default"
            // Not `loading`, which would disable the button and lose its focus.
            aria-busy={isFetchingNextPage}
            onClick={() => void more()}
          >
            {totalCount === undefined ? 'Show more' : `Show more (${totalCount - shown} left)`}
          </Button>
        </Center>
      </Stack>
    )
  if (!wasPressed) return null
  return (
    <Text ref={end} tabIndex={-1} mt="md" size="sm" c="dimmed" ta="center">
      All {shown} are shown
    </Text>
  )
}
