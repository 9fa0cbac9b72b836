// Badge of what happened to a record.

import { Badge } from '@mantine/core'
import { OPERATIONS, type Operation } from './change.ts'

export const OperationBadge = ({ operation }: { readonly operation: Operation }) => {
  const [label, color] = OPERATIONS[operation]
  return (
    <Badge variant="light" color={color} tt="none" miw="max-content">
      {label}
    </Badge>
  )
}
