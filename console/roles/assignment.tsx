// Who has a role: members of the workspace and API keys. In: the role and the others; out: members and keys
// that change theirs.

import { Button, Stack, Table } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { stateOf } from '../keys/expiry.ts'
import { EmptyState } from '../parts/emptyState.tsx'
import { Panel } from '../parts/panel.tsx'
import rows from '../parts/rows.module.css'
import { useSession } from '../session/provider.tsx'
import { AssignKey } from './assignKey.tsx'
import { AssignMember } from './assignMember.tsx'
import { nameOf, type Role } from './roles.ts'

const KEY_STATES = {
  active: 'Active',
  expiring: 'Expires soon',
  expired: 'Expired',
  revoked: 'Revoked',
} as const

export interface AssignmentProps {
  readonly role: Role
  readonly roles: readonly Role[]
}

const Members = ({ role }: { readonly role: Role }) => (
  <Table className={rows.plain}>
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Member</Table.Th>
        <Table.Th>E-mail</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {role.workspaceMembers.map((member) => (
        <Table.Tr key={member.id}>
          <Table.Th scope="row" className={rows.name}>
            {nameOf(member)}
          </Table.Th>
          <Table.Td className={rows.muted}>{member.userEmail}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)

const Keys = ({ role }: { readonly role: Role }) => (
  <Table className={rows.plain}>
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Key</Table.Th>
        <Table.Th>Key id</Table.Th>
        <Table.Th>State</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
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
    </Table.Tbody>
  </Table>
)

export const Assignment = ({ role, roles }: AssignmentProps) => {
  const { flags } = useSession()
  const [dialog, setDialog] = useState<'key' | 'member' | null>(null)
  const mayKeys = flags.includes('API_KEYS_AND_WEBHOOKS') && role.canBeAssignedToApiKeys
  const others = roles.some((other) => other.id !== role.id && other.workspaceMembers.length > 0)
  return (
    <Stack>
      <Panel
        title="API keys"
        text={
          role.canBeAssignedToApiKeys
            ? 'Programs that use this role.'
            : 'This role cannot be assigned to API keys.'
        }
        actions={
          mayKeys ? (
            <Button
              variant="default"
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => setDialog('key')}
            >
              Assign to API key
            </Button>
          ) : undefined
        }
      >
        {role.apiKeys.length === 0 ? (
          <EmptyState title="No keys" text="Assign the role to an existing key, or create a key with it." />
        ) : (
          <Keys role={role} />
        )}
      </Panel>
      <Panel
        title="Members"
        text={
          role.canBeAssignedToUsers ? 'People who use this role.' : 'This role cannot be assigned to members.'
        }
        actions={
          role.canBeAssignedToUsers && others ? (
            <Button
              variant="default"
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => setDialog('member')}
            >
              Assign to member
            </Button>
          ) : undefined
        }
      >
        {role.workspaceMembers.length === 0 ? (
          <EmptyState
            title="No members"
            text="Members without an assigned role have the workspace’s default role."
          />
        ) : (
          <Members role={role} />
        )}
      </Panel>
      {dialog === 'key' ? <AssignKey role={role} roles={roles} onClose={() => setDialog(null)} /> : null}
      {dialog === 'member' ? (
        <AssignMember role={role} roles={roles} onClose={() => setDialog(null)} />
      ) : null}
    </Stack>
  )
}
