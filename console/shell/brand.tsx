// Logo, and the name of the workspace.

import { Box, Group, Text } from '@mantine/core'
import icon from '../icon.svg'

interface BrandProps {
  readonly title: string
  /** Renders the title as the heading of the page. */
  readonly isHeading?: boolean
}

export const Brand = ({ title, isHeading = false }: BrandProps) => (
  <Group gap="sm" wrap="nowrap">
    <img src={icon} width={30} height={30} alt="" />
    <Box miw={0}>
      <Text {...(isHeading ? { component: 'h1', m: 0 } : {})} fw={650} lh={1.25} truncate title={title}>
        {title}
      </Text>
      <Text size="xs" c="dimmed" lh={1.25}>
        Tenantry
      </Text>
    </Box>
  </Group>
)
