// Permission flags of a role: all settings, or single ones. Flags without an effect here are kept for clients
// that read them, and collapsed.

import { Checkbox, SimpleGrid, Stack, Switch, Text } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { Panel } from '../parts/panel.tsx'
import type { Flag } from './roles.ts'
import { type RoleValues, withFlag } from './roleValues.ts'

const EFFECTS: Readonly<Record<string, string>> = {
  API_KEYS_AND_WEBHOOKS: 'Create, change and revoke API keys',
  DATA_MODEL: 'Change objects, fields and indexes',
  ROLES: 'Create, change and assign roles',
  WORKSPACE_MEMBERS: 'Add, change and remove members',
  WORKSPACE: 'Names, limits and trash retention',
  SECURITY: 'Audit log and event log retention',
}

interface FlagsPanelProps {
  readonly known: readonly Flag[]
  readonly form: UseFormReturnType<RoleValues>
}

const FlagBoxes = ({ known, form }: FlagsPanelProps) => {
  const { flags, canAccessAllTools, canUpdateAllSettings } = form.values
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
      {known.map(({ key, label, permissionType }) => {
        const isImplied = permissionType === 'tool' ? canAccessAllTools : canUpdateAllSettings
        return (
          <Checkbox
            key={key}
            label={label}
            description={EFFECTS[key]}
            disabled={isImplied}
            checked={isImplied || flags.includes(key)}
            onChange={(event) =>
              form.setFieldValue('flags', withFlag(flags, key, event.currentTarget.checked))
            }
          />
        )
      })}
    </SimpleGrid>
  )
}

export const FlagsPanel = ({ known, form }: FlagsPanelProps) => (
  <Panel
    title="Settings"
    actions={
      <Switch label="All settings" {...form.getInputProps('canUpdateAllSettings', { type: 'checkbox' })} />
    }
  >
    <Stack gap="lg">
      <FlagBoxes known={known.filter(({ key }) => key in EFFECTS)} form={form} />
      <details>
        <Text component="summary" size="sm" c="dimmed">
          Other flags: no effect here, but visible to clients
        </Text>
        <Stack gap="md" mt="md">
          <Switch label="All tools" {...form.getInputProps('canAccessAllTools', { type: 'checkbox' })} />
          <FlagBoxes known={known.filter(({ key }) => !(key in EFFECTS))} form={form} />
        </Stack>
      </details>
    </Stack>
  </Panel>
)
