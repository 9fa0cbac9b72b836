// Table of workspaces with a menu of actions each.

import { Badge, Code, Table, Text } from '@mantine/core'
import { IconAdjustments, IconLink, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react'
import { ActionMenu } from '../parts/actionMenu.tsx'
import { RelativeTime } from '../parts/relativeTime.tsx'
import rows from '../parts/rows.module.css'
import { RowsTable } from '../parts/rowsTable.tsx'
import type { Workspace } from './workspaces.ts'

type WorkspaceAction = 'link' | 'limits' | 'suspend' | 'resume' | 'drop'

const ACTIONS = {
  link: { label: 'Sign-in link …', ActionSymbol: IconLink },
  limits: { label: 'Limits …', ActionSymbol: IconAdjustments },
  suspend: { label: 'Suspend …', ActionSymbol: IconPlayerPause },
  resume: { label: 'Resume', ActionSymbol: IconPlayerPlay },
  drop: { label: 'Delete …', ActionSymbol: IconTrash, isDangerous: true },
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
    <Table.Th scope="row" className={`${rows.name} ${rows.lead}`}>
      <div>
        {workspace.name}
        <Text size="xs" c="dimmed" fw={400}>
          {workspace.subdomain}
        </Text>
      </div>
    </Table.Th>
    <Table.Td data-label="Schema">
      <Code className={rows.code ?? ''}>{workspace.schemaName}</Code>
    </Table.Td>
    <Table.Td data-label="Created" className={`${rows.muted} ${rows.short}`}>
      <RelativeTime at={workspace.createdAt} />
    </Table.Td>
    <Table.Td data-label="Model" className={`${rows.muted} ${rows.short}`}>
      Version {workspace.version}
    </Table.Td>
    <Table.Td data-label="State" className={rows.short}>
      <Badge variant="light" color={workspace.status === 'active' ? 'pine' : 'red'} tt="none">
        {workspace.status === 'active' ? 'Active' : 'Suspended'}
      </Badge>
    </Table.Td>
    <Table.Td className={rows.end}>
      <ActionMenu
        label={`Actions for workspace ${workspace.name}`}
        actions={actionsOf(workspace).map((action) => ({
          ...ACTIONS[action],
          onSelect: () => onAction(action, workspace),
        }))}
      />
    </Table.Td>
  </Table.Tr>
)

export const WorkspaceTable = ({ workspaces, onAction }: WorkspaceTableProps) => (
  <RowsTable heads={['Workspace', 'Schema', 'Created', 'Model', 'State']} hasActions>
    {workspaces.map((workspace) => (
      <Row key={workspace.id} workspace={workspace} onAction={onAction} />
    ))}
  </RowsTable>
)
