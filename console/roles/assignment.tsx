// The Assignment tab of a role: the API keys and members that have it, and dialogs that add more.

import { Button, Stack, Table } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { stateOf } from '../keys/expiry.ts'
import { EmptyState } from '../parts/emptyState.tsx'
import { Panel } from '../parts/panel.tsx'
import rows from '../parts/rows.module.css'
import { useSession } from '../session/provider.tsx'
import { AssignKey } from './assignKey.tsx'
import { AssignMember } from './assignMember.tsx'
import { type Role, roleNameOf } from './roles.ts'

const KEY_STATES = {
  active: 'Active',
  expiring: 'Expires soon',
  expired: 'Expired',
  revoked: 'Revoked',
} as const

interface AssignmentProps {
  readonly role: Role
  readonly roles: readonly Role[]
}

const PlainTable = ({
  heads,
  children,
}: {
  readonly heads: readonly string[]
  readonly children: ReactNode
}) => (
  <Table className={rows.plain}>
    <Table.Thead>
      <Table.Tr>
        {heads.map((head) => (
          <Table.Th key={head}>{head}</Table.Th>
        ))}
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>{children}</Table.Tbody>
  </Table>
)

const AssignButton = ({ label, onClick }: { readonly label: string; readonly onClick: () => void }) => (
  <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={onClick}>
    {label}
  </Button>
)

interface PanelProps {
  readonly role: Role
  /** Undefined where the role cannot be assigned. */
  readonly action: ReactNode
}

const KeysPanel = ({ role, action }: PanelProps) => (
  <Panel
    title="API keys"
    text={
      role.canBeAssignedToApiKeys
        ? 'Programs that use this role.'
        : 'This role cannot be assigned to API keys.'
    }
    actions={action}
  >
    {role.apiKeys.length === 0 ? (
      <EmptyState title="No keys" text="Assign the role to an existing key, or create a key with it." />
    ) : (
      <PlainTable heads={['Key', 'Key id', 'State']}>
        {role.apiKeys.map((key) => (
          <Table.Tr key={key.id}>
            <Table.Th scope="row" className={rows.name}>
              {key.name}
            </Table.Th>
            <Table.Td>
              <code>{key.prefix}</code>
            </Table.Td>
            <Table.Td className={rows.muted}>{KEY_STATES[stateOf(key, new Date())]}</Table.Td>
          </Table.Tr>
        ))}
      </PlainTable>
    )}
  </Panel>
)

const MembersPanel = ({ role, action }: PanelProps) => (
  <Panel
    title="Members"
    text={
      role.canBeAssignedToUsers ? 'People who use this role.' : 'This role cannot be assigned to members.'
    }
    actions={action}
  >
    {role.workspaceMembers.length === 0 ? (
      <EmptyState
        title="No members"
        text="Members without an assigned role have the workspace’s default role."
      />
    ) : (
      <PlainTable heads={['Member', 'E-mail']}>
        {role.workspaceMembers.map((member) => (
          <Table.Tr key={member.id}>
            <Table.Th scope="row" className={rows.name}>
              {roleNameOf(member)}
            </Table.Th>
            <Table.Td className={rows.muted}>{member.userEmail}</Table.Td>
          </Table.Tr>
        ))}
      </PlainTable>
    )}
  </Panel>
)

export const Assignment = ({ role, roles }: AssignmentProps) => {
  const { flags } = useSession()
  const [dialog, setDialog] = useState<'key' | 'member' | null>(null)
  const close = () => setDialog(null)
  const canAssignKeys = flags.includes('API_KEYS_AND_WEBHOOKS') && role.canBeAssignedToApiKeys
  const hasOtherMembers = roles.some((other) => other.id !== role.id && other.workspaceMembers.length > 0)
  return (
    <Stack>
      <KeysPanel
        role={role}
        action={
          canAssignKeys ? (
            <AssignButton label="Assign to API key" onClick={() => setDialog('key')} />
          ) : undefined
        }
      />
      <MembersPanel
        role={role}
        action={
          role.canBeAssignedToUsers && hasOtherMembers ? (
            <AssignButton label="Assign to member" onClick={() => setDialog('member')} />
          ) : undefined
        }
      />
      {dialog === 'key' ? <AssignKey role={role} roles={roles} onClose={close} /> : null}
      {dialog === 'member' ? <AssignMember role={role} roles={roles} onClose={close} /> : null}
    </Stack>
  )
}
