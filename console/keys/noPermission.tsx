// In place of keys and webhooks, where the role must not manage them.

import { IconKey } from '@tabler/icons-react'
import { EmptyState } from '../parts/emptyState.tsx'

export const NoPermission = () => (
  <EmptyState
    icon={<IconKey size={32} stroke={1.5} aria-hidden />}
    title="You cannot manage keys and webhooks"
    text="Your role lacks the permission “API keys and webhooks”. An administrator can grant it."
  />
)
