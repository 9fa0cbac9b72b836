// Workspaces, one a row. Thousands are shown in pages: nobody reads them all, they search.

import { ActionIcon, Badge, Button, Center, Code, Menu, Table, Text, VisuallyHidden } from '@mantine/core'
import {
  IconAdjustments,
  IconDots,
  IconLink,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import rows from '../parts/rows.module.css'
import { When } from '../parts/when.tsx'
import type { Workspace } from './workspaces.ts'

export type WorkspaceAction = 'link' | 'limits' | 'suspend' | 'resume' | 'drop'

const PAGE = 50

const ACTIONS = {
  link: { label: 'Sign-in link …', ActionSymbol: IconLink },
  limits: { label: 'Limits …', ActionSymbol: IconAdjustments },
  suspend: { label: 'Suspend …', ActionSymbol: IconPlayerPause },
  resume: { label: 'Resume', ActionSymbol: IconPlayerPlay },
  drop: { label: 'Drop …', ActionSymbol: IconTrash },
} as const satisfies Readonly<Record<WorkspaceAction, unknown>>

const actionsOf = ({ status }: Workspace): readonly WorkspaceAction[] =>
  status === 'active' ? ['link', 'limits', 'suspend', 'drop'] : ['limits', 'resume', 'drop']

export interface WorkspaceTableProps {
  readonly workspaces: readonly Workspace[]
  readonly onAction: (action: WorkspaceAction, workspace: Workspace) => void
}

const Row = ({
  workspace,
  onAction,
}: { readonly workspace: Workspace } & Pick<WorkspaceTableProps, 'onAction'>) => (
  <Table.Tr>
    <Table.Td className={`${rows.name} ${rows.lead}`}>
      <div>
        {workspace.name}
        <Text size="xs" c="dimmed" fw={400}>
          {workspace.subdomain}
        </Text>
      </div>
    </Table.Td>
    <Table.Td data-label="Schema">
      <Code>{workspace.schemaName}</Code>
    </Table.Td>
    <Table.Td data-label="Created" className={rows.muted}>
      <When at={workspace.createdAt} />
    </Table.Td>
    <Table.Td data-label="Model" className={rows.muted}>
      Version {workspace.version}
    </Table.Td>
    <Table.Td data-label="State">
      <Badge variant="light" color={workspace.status === 'active' ? 'pine' : 'red'} tt="none">
        {workspace.status === 'active' ? 'Active' : 'Suspended'}
      </Badge>
    </Table.Td>
    <Table.Td className={rows.end}>
      <Menu position="bottom-end" shadow="md" width={180} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for workspace ${workspace.name}`}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {actionsOf(workspace).map((action) => {
            const { label, ActionSymbol } = ACTIONS[action]
            return (
              <Menu.Item
                key={action}
                leftSection={<ActionSymbol size={16} aria-hidden />}
                {...(action === 'drop' ? { color: 'red' } : {})}
                onClick={() => onAction(action, workspace)}
              >
                {label}
              </Menu.Item>
            )
          })}
        </Menu.Dropdown>
      </Menu>
    </Table.Td>
  </Table.Tr>
)

export const WorkspaceTable = ({ workspaces, onAction }: WorkspaceTableProps) => {
  const [shown, setShown] = useState(PAGE)
  return (
    <>
      <div className={rows.frame}>
        <Table className={rows.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Workspace</Table.Th>
              <Table.Th>Schema</Table.Th>
              <Table.Th>Created</Table.Th>
              <Table.Th>Model</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th className={rows.end}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {workspaces.slice(0, shown).map((workspace) => (
              <Row key={workspace.id} workspace={workspace} onAction={onAction} />
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {workspaces.length > shown ? (
        <Center mt="md">
          <Button variant="default" onClick={() => setShown(shown + PAGE)}>
            Show more ({workspaces.length - shown} left)
          </Button>
        </Center>
      ) : null}
    </>
  )
}
