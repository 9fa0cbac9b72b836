// The menu of a table row, behind a button with three dots.

import { ActionIcon, Menu } from '@mantine/core'
import { type Icon, IconDots } from '@tabler/icons-react'

export interface Action {
  /** Ends in an ellipsis if a dialog follows. */
  readonly label: string
  readonly ActionSymbol: Icon
  readonly isDangerous?: boolean
  readonly isDisabled?: boolean
  readonly onSelect: () => void
}

interface ActionMenuProps {
  readonly label: string
  readonly actions: readonly Action[]
  readonly isDisabled?: boolean
}

export const ActionMenu = ({ label, actions, isDisabled = false }: ActionMenuProps) => (
  <Menu position="bottom-end" shadow="md" width={200} withInitialFocusPlaceholder={false}>
    <Menu.Target>
      <ActionIcon variant="subtle" color="gray" disabled={isDisabled} aria-label={label}>
        <IconDots size={18} aria-hidden />
      </ActionIcon>
    </Menu.Target>
    <Menu.Dropdown>
      {actions.map((action) => (
        <Menu.Item
          key={action.label}
          leftSection={<action.ActionSymbol size={16} aria-hidden />}
          disabled={action.isDisabled === true}
          {...(action.isDangerous === true ? { color: 'red' } : {})}
          onClick={action.onSelect}
        >
          {action.label}
        </Menu.Item>
      ))}
    </Menu.Dropdown>
  </Menu>
)
