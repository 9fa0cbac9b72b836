// Badges for the origin of an object and for inactive objects and fields.

import { Badge } from '@mantine/core'
import type { Origin } from './object.ts'

const ORIGINS: Readonly<Record<Origin, { readonly label: string; readonly color: string }>> = {
  standard: { label: 'Standard', color: 'gray' },
  custom: { label: 'Custom', color: 'pine' },
  sql: { label: 'Created with SQL', color: 'blue' },
}

export const OriginBadge = ({ origin }: { readonly origin: Origin }) => (
  <Badge variant="light" color={ORIGINS[origin].color} tt="none" miw="max-content">
    {ORIGINS[origin].label}
  </Badge>
)

export const InactiveBadge = () => (
  <Badge variant="outline" color="gray" tt="none" miw="max-content">
    Inactive
  </Badge>
)
