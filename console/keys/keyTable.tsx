// Table of the API keys with a menu of actions per key.

import { Badge, Code, Table } from '@mantine/core'
import { IconEdit, IconPlayerPlay, IconRefresh, IconTrash, IconUserOff } from '@tabler/icons-react'
import { networksText } from '../form/networks.ts'
import { ActionMenu } from '../parts/actionMenu.tsx'
import { RelativeTime } from '../parts/relativeTime.tsx'
import rows from '../parts/rows.module.css'
import { RowsTable } from '../parts/rowsTable.tsx'
import { isEndless, type KeyState, stateOf } from './expiry.ts'
import type { Key } from './keys.ts'

const STATES: Readonly<Record<KeyState, { readonly label: string; readonly color: string }>> = {
  active: { label: 'Active', color: 'pine' },
  expiring: { label: 'Expires soon', color: 'yellow' },
  expired: { label: 'Expired', color: 'gray' },
  revoked: { label: 'Revoked', color: 'red' },
}

type KeyAction = 'edit' | 'regenerate' | 'revoke' | 'reinstate' | 'delete'

const ACTIONS = {
  edit: { label: 'Edit …', ActionSymbol: IconEdit },
  regenerate: { label: 'Regenerate …', ActionSymbol: IconRefresh },
  revoke: { label: 'Revoke …', ActionSymbol: IconUserOff },
  reinstate: { label: 'Reinstate', ActionSymbol: IconPlayerPlay },
  delete: { label: 'Delete …', ActionSymbol: IconTrash, isDangerous: true },
} as const satisfies Readonly<Record<KeyAction, unknown>>

const actionsOf = (state: KeyState): readonly KeyAction[] =>
  state === 'revoked' ? ['reinstate', 'delete'] : ['edit', 'regenerate', 'revoke', 'delete']

export interface KeyTableProps {
  readonly keys: readonly Key[]
  readonly onAction: (action: KeyAction, key: Key) => void
}

/** Its own, and those of its role. */
const boundTo = ({ networks, role }: Key): string => {
  if (role.networks.length === 0) return networksText(networks)
  const ofRole = `${networksText(role.networks)} of the role`
  return networks.length === 0 ? ofRole : `${networksText(networks)} and ${ofRole}`
}

const Row = ({ apiKey, onAction }: { readonly apiKey: Key } & Pick<KeyTableProps, 'onAction'>) => {
  const now = new Date()
  const state = stateOf(apiKey, now)
  const { label, color } = STATES[state]
  return (
    <Table.Tr>
      <Table.Th scope="row" className={`${rows.name} ${rows.lead}`}>
        {apiKey.name}
      </Table.Th>
      <Table.Td data-label="Key id">
        <Code>{apiKey.prefix}</Code>
      </Table.Td>
      <Table.Td data-label="Role">{apiKey.role.label}</Table.Td>
      <Table.Td data-label="Networks" className={rows.muted}>
        {boundTo(apiKey)}
      </Table.Td>
      <Table.Td data-label="Last used" className={rows.muted}>
        {apiKey.lastUsedAt === null ? 'Never' : <RelativeTime at={apiKey.lastUsedAt} />}
      </Table.Td>
      <Table.Td data-label="Expires" className={rows.muted}>
        {isEndless(apiKey.expiresAt, now) ? 'Never' : <RelativeTime at={apiKey.expiresAt} />}
      </Table.Td>
      <Table.Td data-label="State" className={rows.short}>
        <Badge variant="light" color={color} tt="none">
          {label}
        </Badge>
      </Table.Td>
      <Table.Td className={rows.end}>
        <ActionMenu
          label={`Actions for key ${apiKey.name}`}
          actions={actionsOf(state).map((action) => ({
            ...ACTIONS[action],
            onSelect: () => onAction(action, apiKey),
          }))}
        />
      </Table.Td>
    </Table.Tr>
  )
}

export const KeyTable = ({ keys, onAction }: KeyTableProps) => (
  <RowsTable heads={['Name', 'Key id', 'Role', 'Networks', 'Last used', 'Expires', 'State']} hasActions>
    {keys.map((key) => (
      <Row key={key.id} apiKey={key} onAction={onAction} />
    ))}
  </RowsTable>
)
