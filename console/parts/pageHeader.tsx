// Header of a page: title, description and main actions. Also sets the title of the browser tab.

import { Box, Group, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'

interface PageHeaderProps {
  readonly title: string
  readonly text?: ReactNode
  readonly actions?: ReactNode
  /** Above the title: a link back. */
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
