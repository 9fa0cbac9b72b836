// Nothing to show, said in a way that leads on. In: what there is not and what to do; out: it, in the middle.

import { EmptyState as MantineEmptyState } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'

export interface EmptyStateProps {
  readonly title: string
  readonly text: ReactNode
  readonly icon?: ReactNode
  /** The button that leads on. */
  readonly action?: ReactNode
}

/** Where there is no page under the address. */
export const Missing = (props: EmptyStateProps) => {
  useDocumentTitle('Not found · Tenantry')
  return <EmptyState {...props} />
}

export const EmptyState = ({ title, text, icon, action }: EmptyStateProps) => (
  <MantineEmptyState py="xl" px="md" maw={460} mx="auto" title={title} description={text} icon={icon}>
    {action === undefined ? null : <MantineEmptyState.Actions>{action}</MantineEmptyState.Actions>}
  </MantineEmptyState>
)
