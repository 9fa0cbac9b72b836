// Error message with a retry button. After a rate limit it counts down and retries by itself.

import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconClockPause, IconLock } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { type Failure, failureOf } from '../api/failure.ts'

interface ErrorStateProps {
  readonly failure: unknown
  readonly onRetry?: () => unknown
}

const titleOf = ({ status, code }: Failure): string => {
  if (code === 'UNREACHABLE') return 'No connection'
  if (code === 'ADDRESS_NOT_ALLOWED') return 'Not from this network'
  if (status === 403) return 'Your role does not allow this'
  if (status === 404) return 'Not found'
  if (status === 429) return 'Rate limit exceeded'
  return 'Something went wrong'
}

/** The gateway may answer the same request otherwise, such as from another network. */
const isWorthRetrying = ({ status, code }: Failure): boolean =>
  status < 400 || status >= 500 || [408, 429].includes(status) || code === 'ADDRESS_NOT_ALLOWED'

/** Seconds until the retry. */
const useCountdown = (seconds: number | null, onEnd: () => unknown): number | null => {
  const [left, setLeft] = useState(seconds)
  useEffect(() => {
    if (left === null) return
    if (left <= 0) {
      onEnd()
      return
    }
    const timer = setTimeout(() => setLeft(left - 1), 1000)
    return () => clearTimeout(timer)
  }, [left, onEnd])
  return left
}

const Countdown = ({ seconds, onEnd }: { readonly seconds: number; readonly onEnd: () => unknown }) => {
  const left = useCountdown(seconds, onEnd)
  return (
    <Text size="sm" aria-hidden>
      Trying again in {left} s
    </Text>
  )
}

export const ErrorState = ({ failure: thrown, onRetry }: ErrorStateProps) => {
  const failure = failureOf(thrown)
  const { status, message, hint, retryAfterSeconds } = failure
  const StateIcon = status === 429 ? IconClockPause : status === 403 ? IconLock : IconAlertTriangle
  return (
    <Alert
      role="alert"
      maw={640}
      my="md"
      color={status === 403 || status === 429 ? 'yellow' : 'red'}
      icon={<StateIcon size={18} aria-hidden />}
      title={titleOf(failure)}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{message}</Text>
        {hint === null ? null : (
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        )}
        {onRetry === undefined || !isWorthRetrying(failure) ? null : (
          <Group>
            <Button variant="default" size="xs" onClick={() => onRetry()}>
              Try again
            </Button>
            {retryAfterSeconds === null ? null : (
              <Countdown key={retryAfterSeconds} seconds={retryAfterSeconds} onEnd={onRetry} />
            )}
          </Group>
        )}
      </Stack>
    </Alert>
  )
}
