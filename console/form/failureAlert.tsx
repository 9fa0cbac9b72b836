// The error of a form, above its buttons. Renders nothing without one.

import { Alert, Text } from '@mantine/core'
import { failureOf } from '../api/failure.ts'

export const FailureAlert = ({ failure: thrown }: { readonly failure: unknown }) => {
  if (thrown === null) return null
  const { message, hint, retryAfterSeconds } = failureOf(thrown)
  return (
    <Alert role="alert" color="red" title={message}>
      {hint === null ? null : <Text size="sm">{hint}</Text>}
      {retryAfterSeconds === null ? null : <Text size="sm">Try again in {retryAfterSeconds} seconds.</Text>}
    </Alert>
  )
}
