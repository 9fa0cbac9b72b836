// Something is on its way. Out: grey bars where it will stand, so that nothing jumps when it comes; said to
// screen readers once.

import { Skeleton, Stack, VisuallyHidden } from '@mantine/core'

export interface LoadingProps {
  /** Rows that are likely to come. */
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
