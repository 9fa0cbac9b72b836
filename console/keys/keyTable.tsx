// The keys of the workspace, one a row, with what can be done to each. In: keys; out: rows, and calls for their actions.

import { ActionIcon, Badge, Code, Menu, Table, VisuallyHidden } from '@mantine/core'
import { IconDots, IconEdit, IconPlayerPlay, IconRefresh, IconTrash, IconUserOff } from '@tabler/icons-react'
import rows from '../parts/rows.module.css'
import { When } from '../parts/when.tsx'
import { isEndless, type KeyState, stateOf } from './expiry.ts'
import type { Key } from './keys.ts'

const STATES: Readonly<Record<KeyState, { readonly label: string; readonly color: string }>> = {
  active: { label: 'Active', color: 'pine' },
  expiring: { label: 'Expires soon', color: 'yellow' },
  expired: { label: 'Expired', color: 'gray' },
  revoked: { label: 'Revoked', color: 'red' },
}

export type KeyAction = 'edit' | 'regenerate' | 'revoke' | 'reinstate' | 'delete'

const ACTIONS = {
  edit: { label: 'Edit …', ActionSymbol: IconEdit },
  regenerate: { label: 'Regenerate …', ActionSymbol: IconRefresh },
  revoke: { label: 'Revoke …', ActionSymbol: IconUserOff },
  reinstate: { label: 'Let it work again', ActionSymbol: IconPlayerPlay },
  delete: { label: 'Delete …', ActionSymbol: IconTrash },
} as const satisfies Readonly<Record<KeyAction, unknown>>

const actionsOf = (state: KeyState): readonly KeyAction[] =>
  state === 'revoked' ? ['reinstate', 'delete'] : ['edit', 'regenerate', 'revoke', 'delete']

export interface KeyTableProps {
  readonly keys: readonly Key[]
  readonly onAction: (action: KeyAction, key: Key) => void
}

const Actions = ({
  apiKey,
  state,
  onAction,
}: { readonly apiKey: Key; readonly state: KeyState } & Pick<KeyTableProps, 'onAction'>) => (
  <Menu position="bottom-end" shadow="md" width={190} withInitialFocusPlaceholder={false}>
    <Menu.Target>
      <ActionIcon variant="subtle" color="gray" aria-label={`Actions for key ${apiKey.name}`}>
        <IconDots size={18} aria-hidden />
      </ActionIcon>
    </Menu.Target>
    <Menu.Dropdown>
      {actionsOf(state).map((action) => {
        const { label, ActionSymbol } = ACTIONS[action]
        return (
          <Menu.Item
            key={action}
            leftSection={<ActionSymbol size={16} aria-hidden />}
            {...(action === 'delete' ? { color: 'red' } : {})}
            onClick={() => onAction(action, apiKey)}
          >
            {label}
          </Menu.Item>
        )
      })}
    </Menu.Dropdown>
  </Menu>
)

const Row = ({ apiKey, onAction }: { readonly apiKey: Key } & Pick<KeyTableProps, 'onAction'>) => {
  const now = new Date()
  const state = stateOf(apiKey, now)
  const { label, color } = STATES[state]
  return (
    <Table.Tr>
      <Table.Td className={`${rows.name} ${rows.lead}`}>{apiKey.name}</Table.Td>
      <Table.Td data-label="Key id">
        <Code>{apiKey.prefix}</Code>
      </Table.Td>
      <Table.Td data-label="Role">{apiKey.role.label}</Table.Td>
      <Table.Td data-label="Last used" className={rows.muted}>
        {apiKey.lastUsedAt === null ? 'Never' : <When at={apiKey.lastUsedAt} />}
      </Table.Td>
      <Table.Td data-label="Expires" className={rows.muted}>
        {isEndless(apiKey.expiresAt, now) ? 'Never' : <When at={apiKey.expiresAt} />}
      </Table.Td>
      <Table.Td data-label="State">
        <Badge variant="light" color={color} tt="none">
          {label}
        </Badge>
      </Table.Td>
      <Table.Td className={rows.end}>
        <Actions apiKey={apiKey} state={state} onAction={onAction} />
      </Table.Td>
    </Table.Tr>
  )
}

export const KeyTable = ({ keys, onAction }: KeyTableProps) => (
  <div className={rows.frame}>
    <Table className={rows.table}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th>Key id</Table.Th>
          <Table.Th>Role</Table.Th>
          <Table.Th>Last used</Table.Th>
          <Table.Th>Expires</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th className={rows.end}>
            <VisuallyHidden>Actions</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map((key) => (
          <Row key={key.id} apiKey={key} onAction={onAction} />
        ))}
      </Table.Tbody>
    </Table>
  </div>
)
