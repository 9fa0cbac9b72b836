// Badges for the status of a webhook and of a delivery.

import { Badge } from '@mantine/core'
import type { DeliveryStatus } from './deliveries.ts'
import type { Webhook } from './webhooks.ts'

const LABELS = {
  ACTIVE: ['Active', 'pine'],
  PAUSED: ['Paused', 'yellow'],
  DISABLED: ['Disabled', 'red'],
  WAITING: ['Waiting', 'yellow'],
  DELIVERED: ['Delivered', 'pine'],
  FAILED: ['Failed', 'red'],
  CANCELLED: ['Cancelled', 'gray'],
} as const satisfies Readonly<Record<Webhook['status'] | DeliveryStatus, readonly [string, string]>>

export const StatusBadge = ({ status }: { readonly status: keyof typeof LABELS }) => {
  const [label, color] = LABELS[status]
  return (
    <Badge variant="light" color={color} tt="none">
      {label}
    </Badge>
  )
}
