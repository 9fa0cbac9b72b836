// What a role may do beside records: settings, all of them or one by one. In: all flags and those that are
// chosen; out: the choice. Flags of the API's contract that decide nothing here are kept for programs that
// ask for them, out of the way.

import { Checkbox, SimpleGrid, Stack, Switch, Text } from '@mantine/core'
import { Panel } from '../parts/panel.tsx'
import type { Flag, RoleChange } from './roles.ts'

/** What each flag lets its role do. */
const EFFECTS: Readonly<Record<string, string>> = {
  API_KEYS_AND_WEBHOOKS: 'Create, change and revoke API keys',
  DATA_MODEL: 'Change objects, fields and indexes',
  ROLES: 'Create, change and assign roles',
  WORKSPACE_MEMBERS: 'Add, change and remove members',
  WORKSPACE: 'Names, limits and trash retention',
  SECURITY: 'Event log retention',
}

const KINDS = [
  { type: 'settings', all: 'canUpdateAllSettings', label: 'All settings' },
  { type: 'tool', all: 'canAccessAllTools', label: 'All tools' },
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
  const allOf = ({ permissionType }: Flag): boolean =>
    permissionType === 'tool' ? role.canAccessAllTools : role.canUpdateAllSettings
  const allSwitch = ({ all, label }: (typeof KINDS)[number]) => (
    <Switch
      key={all}
      label={label}
      checked={role[all]}
      onChange={(event) => onRole({ [all]: event.currentTarget.checked })}
    />
  )
  const boxes = (flags: readonly Flag[]) => (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
      {flags.map((flag) => (
        <Checkbox
          key={flag.key}
          label={flag.label}
          description={EFFECTS[flag.key]}
          disabled={allOf(flag)}
          checked={allOf(flag) || chosen.has(flag.key)}
          onChange={(event) => toggle(flag.key, event.currentTarget.checked)}
        />
      ))}
    </SimpleGrid>
  )
  const [settings, tools] = KINDS
  return (
    <Panel title="Settings" actions={allSwitch(settings)}>
      <Stack gap="lg">
        {boxes(known.filter(({ key }) => key in EFFECTS))}
        <details>
          <Text component="summary" size="sm" c="dimmed">
            Other flags: without effect here, but reported to clients
          </Text>
          <Stack gap="md" mt="md">
            {allSwitch(tools)}
            {boxes(known.filter(({ key }) => !(key in EFFECTS)))}
          </Stack>
        </details>
      </Stack>
    </Panel>
  )
}
