// Shows the body of a delivery. The request is sent when a person opens it: the gateway composes a body from
// what the webhook's role may read at that moment.

import { Code } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Query } from '../parts/query.tsx'
import { useApi } from '../session/provider.tsx'
import { DELIVERIES_KEY } from './deliveries.ts'
import { DeliveryBody as DeliveryBodyDocument } from './webhooks.graphql.ts'
import classes from './webhooks.module.css'

const Unfolded = ({ deliveryId }: { readonly deliveryId: string }) => {
  const api = useApi()
  const answer = useQuery({
    queryKey: [...DELIVERIES_KEY, 'body', deliveryId],
    queryFn: async () => (await api.metadata(DeliveryBodyDocument, { deliveryId })).webhookDeliveryBody,
  })
  return (
    <Query of={answer} rows={1} rowHeight={44}>
      {({ body, reason }) =>
        body === null ? (
          <span>No request would be sent now. {reason}</span>
        ) : (
          <Code block className={classes.body} mt={4} tabIndex={0}>
            {body}
          </Code>
        )
      }
    </Query>
  )
}

export const DeliveryBodyView = ({ deliveryId }: { readonly deliveryId: string }) => {
  const [isOpen, setOpen] = useState(false)
  return (
    <details className={classes.attempts} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Body</summary>
      {isOpen ? <Unfolded deliveryId={deliveryId} /> : null}
    </details>
  )
}
