// What a role may do beside records: settings and tools, all of a kind or one by one. In: all flags and those that are chosen; out:
// the choice.

import { Checkbox, SimpleGrid, Switch } from '@mantine/core'
import { Panel } from '../parts/panel.tsx'
import type { Flag, RoleChange } from './roles.ts'

const KINDS = [
  { type: 'settings', all: 'canUpdateAllSettings', title: 'Settings', allLabel: 'All settings' },
  { type: 'tool', all: 'canAccessAllTools', title: 'Tools', allLabel: 'All tools' },
] as const

export interface FlagsProps {
  readonly known: readonly Flag[]
  readonly chosen: ReadonlySet<string>
  readonly role: { readonly canUpdateAllSettings: boolean; readonly canAccessAllTools: boolean }
  readonly onRole: (change: RoleChange) => void
  readonly onFlags: (flags: ReadonlySet<string>) => void
}

export const Flags = ({ known, chosen, role, onRole, onFlags }: FlagsProps) => {
  const toggle = (key: string, isChosen: boolean) => {
    const next = new Set(chosen)
    if (isChosen) next.add(key)
    else next.delete(key)
    onFlags(next)
  }
  return KINDS.map(({ type, all, title, allLabel }) => (
    <Panel
      key={type}
      title={title}
      actions={
        <Switch
          label={allLabel}
          checked={role[all]}
          onChange={(event) => onRole({ [all]: event.currentTarget.checked })}
        />
      }
    >
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        {known
          .filter(({ permissionType }) => permissionType === type)
          .map(({ key, label, description }) => (
            <Checkbox
              key={key}
              label={label}
              description={description}
              disabled={role[all]}
              checked={role[all] || chosen.has(key)}
              onChange={(event) => toggle(key, event.currentTarget.checked)}
            />
          ))}
      </SimpleGrid>
    </Panel>
  ))
}
