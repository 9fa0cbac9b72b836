// A titled section with a border.

import { Box, Group, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import classes from './panel.module.css'

export interface PanelProps {
  readonly title: string
  readonly text?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export const Panel = ({ title, text, actions, children }: PanelProps) => {
  const titleId = useId()
  return (
    <section className={classes.panel} aria-labelledby={titleId}>
      <Group justify="space-between" align="flex-start" mb="md" gap="sm">
        <Box flex="1 1 16rem">
          <Title order={2} id={titleId}>
            {title}
          </Title>
          {text === undefined ? null : (
            <Text size="sm" c="dimmed" mt={2} maw={640}>
              {text}
            </Text>
          )}
        </Box>
        {actions}
      </Group>
      {children}
    </section>
  )
}
