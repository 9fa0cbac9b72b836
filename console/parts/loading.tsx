// Placeholder rows while data loads, so that the layout does not jump. Announced once to screen readers.

import { Skeleton, Stack, VisuallyHidden } from '@mantine/core'

export interface LoadingProps {
  /** Expected number of rows. */
  readonly rows?: number
  readonly rowHeight?: number
}

export const Loading = ({ rows = 6, rowHeight = 36 }: LoadingProps) => (
  <Stack gap="xs" role="status" py="md">
    <VisuallyHidden>Loading …</VisuallyHidden>
    {Array.from({ length: rows }, (_, row) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: bars have nothing else.
      <Skeleton key={row} height={rowHeight} radius="md" />
    ))}
  </Stack>
)
