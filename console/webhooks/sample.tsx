// Shows what the webhook of a form would send. The gateway makes it from the newest record that the role may
// read; nothing is sent.

import { Button, Code, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FailureAlert } from '../form/failureAlert.tsx'
import { useInView } from '../parts/inView.ts'
import { Query } from '../parts/query.tsx'
import { Snippet } from '../parts/snippet.tsx'
import { useApi } from '../session/provider.tsx'
import { WebhookSample, type WebhookSampleInput } from './webhooks.graphql.ts'

const headerLines = (headers: unknown): string =>
  Object.entries(headers ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')

const Shown = ({ input }: { readonly input: WebhookSampleInput }) => {
  const api = useApi()
  const answer = useQuery({
    queryKey: ['webhookSample', input],
    queryFn: async () => (await api.metadata(WebhookSample, { input })).webhookSample,
  })
  const ref = useInView<HTMLDivElement>(answer.data)
  // A setting of the form is wrong: asking once more does not help.
  if (answer.isError) return <FailureAlert failure={answer.error} />
  return (
    <div ref={ref}>
      <Query of={answer} rows={3} rowHeight={44}>
        {({ event, source, body, headers, reason }) =>
          body === null ? (
            <Text size="sm">No request would be sent. {reason}</Text>
          ) : (
            <Stack gap="xs" align="stretch">
              <Text size="sm">
                <Code>{event}</Code>, {source === 'RECORD' ? 'with the newest record.' : 'with an example.'}
              </Text>
              <Snippet label="Headers" what="headers" text={headerLines(headers)} />
              <Snippet label="Body" what="body" text={body} />
            </Stack>
          )
        }
      </Query>
    </div>
  )
}

export const Sample = ({ input }: { readonly input: WebhookSampleInput }) => {
  /** As the form was when the button was pressed. */
  const [asked, setAsked] = useState<WebhookSampleInput | null>(null)
  return (
    <Stack gap="xs" align="stretch">
      <Button variant="default" type="button" onClick={() => setAsked(input)}>
        Show a sample
      </Button>
      {asked === null ? null : <Shown input={asked} />}
    </Stack>
  )
}
