// Badges for the status of a webhook and of a delivery.

import { Badge } from '@mantine/core'
import type { DeliveryStatus } from './deliveries.ts'
import type { Webhook } from './webhooks.ts'

const LABELS = {
  ACTIVE: ['Active', 'pine'],
  PAUSED: ['Paused', 'yellow'],
  FAILING: ['Failing', 'red'],
  DISABLED: ['Disabled', 'red'],
  WAITING: ['Waiting', 'yellow'],
  DELIVERED: ['Delivered', 'pine'],
  FAILED: ['Failed', 'red'],
  CANCELLED: ['Cancelled', 'gray'],
} as const satisfies Readonly<
  Record<Webhook['status'] | 'FAILING' | DeliveryStatus, readonly [string, string]>
>

/** One that is active and fails is shown as failing. */
export const webhookStatusOf = ({ status, failures }: Pick<Webhook, 'status' | 'failures'>) =>
  status === 'ACTIVE' && failures > 0 ? 'FAILING' : status

export const StatusBadge = ({ status }: { readonly status: keyof typeof LABELS }) => {
  const [label, color] = LABELS[status]
  return (
    <Badge variant="light" color={color} tt="none">
      {label}
    </Badge>
  )
}
