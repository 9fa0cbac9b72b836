// Empty state with a call to action, centered.

import { EmptyState as MantineEmptyState } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'

interface EmptyStateProps {
  readonly title: string
  readonly text: ReactNode
  readonly icon?: ReactNode
  /** The call to action. */
  readonly action?: ReactNode
}

/** For URLs without a page. */
export const Missing = (props: EmptyStateProps) => {
  useDocumentTitle('Not found · Tenantry')
  return <EmptyState {...props} />
}

export const EmptyState = ({ title, text, icon, action }: EmptyStateProps) => (
  <MantineEmptyState py="xl" px="md" maw={460} mx="auto" title={title} description={text} icon={icon}>
    {action === undefined ? null : <MantineEmptyState.Actions>{action}</MantineEmptyState.Actions>}
  </MantineEmptyState>
)
