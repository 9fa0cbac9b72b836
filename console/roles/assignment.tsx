// The Assignment tab of a role: the API keys and members that have it, and dialogs that add more.

import { Button, Stack, Table } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import type { Api } from '../api/api.ts'
import { stateOf } from '../keys/expiry.ts'
import { pageOf } from '../list/listPage.ts'
import { PagedList } from '../list/pagedList.tsx'
import { EmptyState } from '../parts/emptyState.tsx'
import { Panel } from '../parts/panel.tsx'
import rows from '../parts/rows.module.css'
import { useApi, useSession } from '../session/provider.tsx'
import { AssignKey } from './assignKey.tsx'
import { AssignMember } from './assignMember.tsx'
import { ROLES_KEY, type Role, readKeysOfRole, readMembersOfRole, roleNameOf } from './roles.ts'

const KEY_STATES = {
  active: 'Active',
  expiring: 'Expires soon',
  expired: 'Expired',
  revoked: 'Revoked',
} as const

interface AssignmentProps {
  readonly role: Role
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
  readonly api: Api
  readonly role: Role
  /** Undefined where the role cannot be assigned. */
  readonly action: ReactNode
}

const KeysPanel = ({ api, role, action }: PanelProps) => (
  <Panel
    title="API keys"
    text={
      role.canBeAssignedToApiKeys
        ? 'Programs that use this role.'
        : 'This role cannot be assigned to API keys.'
    }
    actions={action}
  >
    <PagedList
      queryKey={[...ROLES_KEY, role.id, 'keys']}
      read={async (search, after) => pageOf(await readKeysOfRole(api, role.id, search, after))}
      find={{ label: 'Find a key', placeholder: 'Name' }}
      empty={
        <EmptyState title="No keys" text="Assign the role to an existing key, or create a key with it." />
      }
      noMatch={{ title: 'No matching key', text: 'Enter the first letters of any word in its name.' }}
      rows={2}
    >
      {(keys) => (
        <PlainTable heads={['Key', 'Key id', 'State']}>
          {keys.map((key) => (
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
    </PagedList>
  </Panel>
)

const MembersPanel = ({ api, role, action }: PanelProps) => (
  <Panel
    title="Members"
    text={
      role.canBeAssignedToUsers ? 'People who use this role.' : 'This role cannot be assigned to members.'
    }
    actions={action}
  >
    <PagedList
      queryKey={[...ROLES_KEY, role.id, 'members']}
      read={async (search, after) => pageOf(await readMembersOfRole(api, role.id, search, after))}
      find={{ label: 'Find a member', placeholder: 'Name or e-mail address' }}
      empty={
        <EmptyState
          title="No members"
          text="Members without an assigned role have the workspace’s default role."
        />
      }
      noMatch={{
        title: 'No matching member',
        text: 'Enter the first letters of any word in the name or the e-mail address.',
      }}
      rows={2}
    >
      {(members) => (
        <PlainTable heads={['Member', 'E-mail']}>
          {members.map((member) => (
            <Table.Tr key={member.id}>
              <Table.Th scope="row" className={rows.name}>
                {roleNameOf(member)}
              </Table.Th>
              <Table.Td className={rows.muted}>{member.userEmail}</Table.Td>
            </Table.Tr>
          ))}
        </PlainTable>
      )}
    </PagedList>
  </Panel>
)

export const Assignment = ({ role }: AssignmentProps) => {
  const api = useApi()
  const { flags } = useSession()
  const [dialog, setDialog] = useState<'key' | 'member' | null>(null)
  const close = () => setDialog(null)
  const canAssignKeys = flags.includes('API_KEYS_AND_WEBHOOKS') && role.canBeAssignedToApiKeys
  return (
    <Stack>
      <KeysPanel
        api={api}
        role={role}
        action={
          canAssignKeys ? (
            <AssignButton label="Assign to API key" onClick={() => setDialog('key')} />
          ) : undefined
        }
      />
      <MembersPanel
        api={api}
        role={role}
        action={
          role.canBeAssignedToUsers ? (
            <AssignButton label="Assign to member" onClick={() => setDialog('member')} />
          ) : undefined
        }
      />
      {dialog === 'key' ? <AssignKey role={role} onClose={close} /> : null}
      {dialog === 'member' ? <AssignMember role={role} onClose={close} /> : null}
    </Stack>
  )
}
