// The head of a page. In: its title, a sentence and its main buttons; out: these, and the title of the
// browser's tab.

import { Box, Group, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'

export interface PageHeaderProps {
  readonly title: string
  readonly text?: ReactNode
  /** Main buttons, at the right. */
  readonly actions?: ReactNode
  /** A way back, above the title. */
  readonly before?: ReactNode
}

export const PageHeader = ({ title, text, actions, before }: PageHeaderProps) => {
  useDocumentTitle(`${title} · Tenantry`)
  return (
    <Box component="header" mb="lg">
      {before}
      <Group justify="space-between" align="flex-start" gap="md">
        <Box flex="1 1 18rem">
          <Title order={1}>{title}</Title>
          {text === undefined ? null : (
            <Text c="dimmed" mt={4} maw={680}>
              {text}
            </Text>
          )}
        </Box>
        {actions === undefined ? null : <Group gap="xs">{actions}</Group>}
      </Group>
    </Box>
  )
}
