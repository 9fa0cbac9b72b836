// The error of a form, above its buttons. Comes into view when it appears. Renders nothing without one.

import { Alert, Text } from '@mantine/core'
import { failureOf } from '../api/failure.ts'
import { useInView } from '../parts/inView.ts'

const Shown = ({ failure: thrown }: { readonly failure: unknown }) => {
  const { message, hint, retryAfterSeconds } = failureOf(thrown)
  return (
    <Alert role="alert" color="red" title={message} ref={useInView<HTMLDivElement>(thrown)}>
      {hint === null ? null : <Text size="sm">{hint}</Text>}
      {retryAfterSeconds === null ? null : <Text size="sm">Try again in {retryAfterSeconds} seconds.</Text>}
    </Alert>
  )
}

export const FailureAlert = ({ failure }: { readonly failure: unknown }) =>
  failure === null ? null : <Shown failure={failure} />
