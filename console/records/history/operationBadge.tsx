// Badge of what happened to a record.

import { Badge } from '@mantine/core'
import { type ChangeOperation, OPERATIONS } from './change.ts'

export const OperationBadge = ({ operation }: { readonly operation: ChangeOperation }) => {
  const [label, color] = OPERATIONS[operation]
  return (
    <Badge variant="light" color={color} tt="none" miw="max-content">
      {label}
    </Badge>
  )
}
